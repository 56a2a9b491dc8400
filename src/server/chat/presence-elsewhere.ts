/**
 * Users with rooms open on other nodes: never counted up and down, but the union of what each node says of itself. A node tells of each
 * change at once, and of everybody when another one has missed something. A node that is silent is forgotten.
 */
import { randomUUID } from 'node:crypto'
import type { User } from '../../shared/protocol/types.ts'
import type { Backplane } from '../backplane/backplane.ts'
import type { Hub } from './hub.ts'
import type { NodePresence, Publication } from './publication.ts'

/** How often each node says how many changes it has told of, and after which silence it is forgotten. */
const beatMs = 2_000
const silenceMs = 8_000

/** Another node. In the lists of rooms it stands for all connections there. */
interface Other {
  /** How many of its changes are known. */
  version: number
  heardAt: number
  rooms: Map<string, Map<number, User>>
}

type Rooms = Pick<Hub, 'presenceOf' | 'presences' | 'presenceElsewhere'>

export class PresenceElsewhere {
  readonly #node = randomUUID()
  readonly #rooms: Rooms
  readonly #backplane: Backplane<Publication>
  readonly #others = new Map<string, Other>()
  #version = 0
  readonly #timer: NodeJS.Timeout

  constructor(rooms: Rooms, backplane: Backplane<Publication>) {
    this.#rooms = rooms
    this.#backplane = backplane
    rooms.presenceElsewhere = this
    backplane.subscribe((publication) => publication.type === 'presence' && this.hear(publication.presence))
    this.#timer = setInterval(() => this.beat(), beatMs).unref()
  }

  /** A user has a room open on this node from now on, or not any more. */
  changed(room: string, user: User, isHere: boolean): void {
    this.#version++
    this.#say({ type: 'change', room, user, isHere })
  }

  /** A room was opened on this node: its list has who is there elsewhere. */
  opened(room: string): void {
    const presence = this.#rooms.presenceOf(room)
    for (const other of this.#others.values())
      for (const user of other.rooms.get(room)?.values() ?? []) presence?.enterFrom(other, user)
  }

  hear({ node, version, news }: NodePresence, now = performance.now()): void {
    if (node === this.#node) return
    const known = this.#others.get(node)
    if (known) known.heardAt = now
    switch (news.type) {
      case 'wanted':
        if (news.of === this.#node) this.#say({ type: 'all', rooms: this.#everybody() })
        return
      case 'gone':
        return this.#forget(node)
      case 'all':
        return this.#replace(node, version, news.rooms, now)
      case 'change':
        if (known && version === known.version + 1) return this.#change(known, version, news)
        return this.#askUnless(known !== undefined && version <= known.version, node)
      case 'beat':
        return this.#askUnless(known?.version === version, node)
      default:
        news satisfies never
    }
  }

  /** Tells that this node is there, and forgets those of which that is not known. */
  beat(now = performance.now()): void {
    this.#say({ type: 'beat' })
    for (const [node, { heardAt }] of this.#others) if (now - heardAt > silenceMs) this.#forget(node)
  }

  /** This node goes away; its users may come back on others. */
  close(): void {
    clearInterval(this.#timer)
    this.#rooms.presenceElsewhere = undefined
    this.#say({ type: 'gone' })
  }

  #say(news: NodePresence['news']): void {
    this.#backplane.publish({ type: 'presence', presence: { node: this.#node, version: this.#version, news } })
  }

  #askUnless(isKnown: boolean, node: string): void {
    if (!isKnown) this.#say({ type: 'wanted', of: node })
  }

  #everybody(): [string, User[]][] {
    return this.#rooms
      .presences()
      .flatMap(([room, { here }]): [string, User[]][] => (here.length ? [[room, here]] : []))
  }

  #change(other: Other, version: number, { room, user, isHere }: { room: string; user: User; isHere: boolean }): void {
    other.version = version
    const users = other.rooms.get(room) ?? new Map<number, User>()
    if (isHere) {
      other.rooms.set(room, users.set(user.id, user))
      this.#rooms.presenceOf(room)?.enterFrom(other, user)
    } else {
      users.delete(user.id)
      if (!users.size) other.rooms.delete(room)
      // Its time of grace is over already.
      this.#rooms.presenceOf(room)?.leaveFrom(other, user, false)
    }
  }

  #replace(node: string, version: number, rooms: [string, User[]][], now: number): void {
    const other = this.#others.get(node) ?? { version: 0, heardAt: now, rooms: new Map() }
    if (version < other.version) return
    this.#others.set(node, other)
    const before = other.rooms
    other.version = version
    other.rooms = new Map(rooms.map(([room, users]) => [room, new Map(users.map((user) => [user.id, user]))]))
    for (const [room, users] of other.rooms)
      for (const user of users.values()) this.#rooms.presenceOf(room)?.enterFrom(other, user)
    for (const [room, users] of before)
      for (const [id, user] of users)
        if (!other.rooms.get(room)?.has(id)) this.#rooms.presenceOf(room)?.leaveFrom(other, user, false)
  }

  #forget(node: string): void {
    const other = this.#others.get(node)
    if (!other) return
    this.#others.delete(node)
    for (const [room, users] of other.rooms)
      for (const user of users.values()) this.#rooms.presenceOf(room)?.leaveFrom(other, user, true)
  }
}
