import { setImmediate } from 'node:timers/promises'
import { banReason, closeCodes } from '../../shared/protocol/close-codes.ts'
import { limits } from '../../shared/protocol/limits.ts'
import type { User } from '../../shared/protocol/types.ts'
import type { Backplane } from '../backplane/backplane.ts'
import { alone, type OpenHead } from '../cluster/node.ts'
import { Backlog } from './backlog.ts'
import { ChatCounts } from './chat-counts.ts'
import type { Connection, OpenRoom, Subscription } from './contract.ts'
import { type CountedOutput, EndOfTurn } from './output-buffer.ts'
import type { NodesPresence, OnHere, Presence } from './presence.ts'
import type { Publication } from './publication.ts'
import { RecentMemory } from './recent-entries.ts'
import { Room, type RoomNeeds } from './room.ts'
import { mayKnow, UserConnections } from './user-connections.ts'

/** Time for each connection: 2,000 return in a second, half of what a machine with two processors can take. */
const spreadMsEach = 0.5
const minSpreadMs = 1_000

interface HubNeeds extends Pick<RoomNeeds, 'store' | 'reads' | 'log' | 'presenceGraceMs'> {
  backplane: Backplane<Publication>
  node?: RoomNeeds['node']
}

interface RoomSlot {
  room: Room
  /** Resolves when the room knows its newest id. */
  loaded: Promise<void>
}

/** The rooms and connections of this node. */
export class Hub {
  /** When what this node's connections are told is written to their sockets. */
  readonly turn: EndOfTurn
  /** The newest entries of all rooms that are open here. */
  readonly memory = new RecentMemory()
  readonly counts = new ChatCounts()
  readonly #needs: HubNeeds
  readonly #rooms = new Map<string, RoomSlot>()
  #isBackupSuspected = false
  readonly connections = new UserConnections()
  /** Set where there are other nodes. */
  presenceElsewhere: NodesPresence | undefined

  constructor(needs: HubNeeds) {
    this.#needs = needs
    const onDrop = ({ ws }: CountedOutput) =>
      needs.log.event('reader-dropped', { address: ws.address, user: ws.connection?.user.id })
    this.turn = new EndOfTurn(new Backlog(onDrop))
    needs.backplane.subscribe((publication) => this.#receive(publication))
  }

  add(connection: Connection): void {
    this.connections.add(connection)
  }

  /** @param isLost whether the connection may come back, so that its user stays in lists for the time of grace */
  remove(connection: Connection, isLost: boolean): void {
    for (const room of [...connection.rooms.keys()]) this.leave(connection, room, isLost)
    this.connections.remove(connection)
  }

  /**
   * Subscribes the connection to the room, which is made if there is none. The subscription gets nothing until the room
   * follows it. Subscribing again keeps the subscription and stops its delivery.
   */
  async subscribe(name: string, connection: Connection): Promise<Subscription> {
    const known = this.#rooms.get(name)
    const { room, loaded } = known ?? this.#add(name)
    // Subscribed before it loads, so that the room is not dropped meanwhile.
    const subscription = connection.rooms.get(name) ?? room.add(connection)
    connection.rooms.set(name, subscription)
    // Not earlier: a room is dropped when something happens while nobody has it open.
    if (!known) this.presenceElsewhere?.opened(name)
    room.unfollow(subscription)
    try {
      await loaded
    } catch (error) {
      this.leave(connection, name)
      throw error
    }
    return subscription
  }

  /**
   * The user is seen in the room. The connection may have been lost meanwhile, and has then left already: it must not appear in the list.
   * @returns whether this is the user's first connection there
   */
  appear(connection: Connection, name: string): boolean {
    return connection.rooms.get(name)?.room.presence.enter(connection.user, connection) ?? false
  }

  leave(connection: Connection, name: string, isLost = false): void {
    connection.departures++
    const subscription = connection.rooms.get(name)
    if (!subscription) return
    connection.rooms.delete(name)
    subscription.room.remove(subscription)
    subscription.room.presence.leave(connection.user, connection, isLost)
    this.#dropIfEmpty(subscription.room)
  }

  /** Tells every node, this one included. */
  publish(publication: Publication): void {
    if (publication.type === 'entry') this.counts.stored++
    this.#needs.backplane.publish(publication)
  }

  /**
   * Tells every client that the server stops, each with a delay of its own, so that they do not all come back at once; answers what they
   * have asked already, and closes their connections.
   */
  async close(): Promise<void> {
    const connections = this.connections.all()
    const spreadMs = Math.max(minSpreadMs, connections.length * spreadMsEach)
    for (const connection of connections) {
      connection.reply({ type: 'bye', retryAfterMs: Math.round(Math.random() * spreadMs) })
    }
    const closing = connections.map(async (connection) => {
      await connection.finish()
      connection.close(closeCodes.restart, 'Restart')
    })
    await Promise.all(closing)
    for (const { room } of this.#rooms.values()) room.end()
  }

  /**
   * Somebody says that they know entries which this log does not have: a backup was restored, or they lie. Each client is found out
   * by itself (`Room.has`), so it is only logged, once.
   */
  suspectBackup(): void {
    if (this.#isBackupSuspected) return
    this.#isBackupSuspected = true
    this.#needs.log.event('backup-suspected')
  }

  /** The newest entries of the rooms that are open on this node, as far as they know them. */
  heads(): OpenHead[] {
    return [...this.#rooms.values()].flatMap(({ room }) => room.head ?? [])
  }

  /** The store has the entries of the room up to that one. */
  hear(name: string, last: number): void {
    this.#rooms.get(name)?.room.hear(last)
  }

  /** See `Room.beginWrite`. */
  beginWrite(name: string): (() => void) | undefined {
    return this.#rooms.get(name)?.room.beginWrite()
  }

  /** The newest id that everyone in the room has been handed; undefined when nobody has it open here. */
  lastIn(name: string): number | undefined {
    return this.#rooms.get(name)?.room.lastIfLoaded
  }

  presenceOf(name: string): Presence | undefined {
    return this.#rooms.get(name)?.room.presence
  }

  /** Those of all rooms that are open on this node, with their addresses. */
  presences(): [string, Presence][] {
    return [...this.#rooms].map(([name, { room }]) => [name, room.presence])
  }

  #receive(publication: Publication): void {
    switch (publication.type) {
      case 'entry':
        this.#rooms.get(publication.entry.room)?.room.receive(publication.entry)
        return
      case 'typing':
        return this.#tellTyping(publication.room, publication.user)
      case 'read':
        return this.connections.tellRead(publication)
      case 'save': {
        const { user, ...frame } = publication
        for (const connection of this.connections.verifiedOf(user)) connection.reply(frame)
        return
      }
      case 'status':
        for (const room of publication.rooms)
          this.#rooms.get(room)?.room.presence.changeStatus(publication.user, publication.status)
        return
      case 'session-ended':
        if (publication.isOver) this.connections.closeSession(publication, closeCodes.invalidUser, 'Session over')
        else this.connections.closeSession(publication, closeCodes.signedOut, 'Signed out')
        return
      case 'session-renewed':
        return this.connections.closeSession(publication, closeCodes.restart, 'Come back')
      case 'access-changed':
        return this.#changeAccess(publication)
      case 'room-deleted':
        return this.#drop(publication)
      case 'room-made':
        return this.connections.tellNewRoom(publication)
      case 'picture':
        return this.connections.close(publication.user, closeCodes.restart, 'Come back')
      case 'banned':
        return this.connections.close(publication.user, closeCodes.banned, banReason(publication.until))
      case 'ban-notice':
        return this.connections.tellBan(publication)
      case 'role':
        return this.connections.changeRole(publication)
      case 'blocks':
        return void this.#tellBlocks(publication.user).catch((err) =>
          this.#needs.log.event('task-failed', { reason: 'blocks', err }),
        )
      case 'presence':
      case 'counts':
      case 'ranges':
      case 'settings':
      case 'outgoing-hooks':
      case 'notifications':
        return
      default:
        publication satisfies never
    }
  }

  /** A user who loses access gets nothing more of the room, and is told afterwards. */
  #changeAccess({ user, room, kind, isIn, canView }: Extract<Publication, { type: 'access-changed' }>): void {
    if (!isIn || !canView) this.#rooms.get(room)?.room.presence.forgetStatus(user)
    for (const connection of this.connections.of(user)) {
      if (!mayKnow(connection, kind === 'public')) continue
      if (!isIn || !canView) this.leave(connection, room)
      this.#tellAccess(connection, room, kind !== 'public' && !isIn).catch((error) => connection.fail(error))
    }
  }

  async #tellAccess(connection: Connection, room: string, isGone: boolean): Promise<void> {
    const notice = {}
    connection.accessNotices ??= new Map()
    connection.accessNotices.set(room, notice)
    const { store, reads } = this.#needs
    const read = () =>
      reads.readWhenAllowed(connection, (meter) => store.rooms.summary(connection.session, room, meter))
    const summary = isGone ? undefined : await read()
    // Things have changed again while it was read: that is told, and must not be followed by this.
    if (connection.accessNotices.get(room) !== notice) return
    connection.accessNotices.delete(room)
    // A user who has accepted a request is shown as online from now on.
    if (summary && !summary.request) this.appear(connection, room)
    connection.reply(summary ? { type: 'room', ...summary } : { type: 'room', room, gone: true })
  }

  async #tellBlocks(user: number): Promise<void> {
    const connections = this.connections.verifiedOf(user)
    if (!connections.length) return
    const data = await this.#needs.store.accounts.listBlocked(user)
    for (const connection of connections) connection.reply({ type: 'blocks', data })
  }

  /** Forgets the room and everything about it: the next room of that address is another one. */
  #drop({ room: name, isPublic, users }: Extract<Publication, { type: 'room-deleted' }>): void {
    const open = this.#rooms.get(name)
    for (const connection of this.connections.all()) {
      const belongs = isPublic || users.includes(connection.user.id)
      this.leave(connection, name)
      if (belongs && mayKnow(connection, isPublic)) connection.reply({ type: 'room', room: name, gone: true })
    }
    // Also when somebody is still in it by the time of grace: else its entries stay in memory.
    open?.room.end()
    if (open && this.#rooms.get(name) === open) this.#rooms.delete(name)
  }

  #tellTyping(name: string, user: User): void {
    const room = this.#rooms.get(name)?.room
    if (room && room.presence.online <= limits.maxListedUsers)
      room.tellOthers(user, { type: 'typing', room: name, user })
  }

  #add(name: string): RoomSlot {
    const { turn, memory, counts } = this
    const onHere: OnHere = (user, isHere) => this.presenceElsewhere?.changed(name, user, isHere)
    const onEmpty = () => this.#dropIfEmpty(room)
    const room = new Room(name, { node: alone, ...this.#needs, turn, memory, counts, onHere, onEmpty })
    const loaded = this.#needs.store.rooms.open(name, Date.now()).then(async (last) => {
      // A deleted room may have had this address. What was stored in it is published in the turn of the event loop in which its commit
      // resolves, which is over then: a room that has begun never takes an entry of the deleted one for its own.
      await setImmediate()
      await room.begin(last)
    })
    const open = { room, loaded }
    this.#rooms.set(name, open)
    return open
  }

  #dropIfEmpty(room: OpenRoom): void {
    if (!room.isEmpty || this.#rooms.get(room.name)?.room !== room) return
    this.#rooms.delete(room.name)
    room.end()
  }
}
