import { setImmediate } from 'node:timers/promises'
import type { Entry, PresenceFrame, ServerFrame, User } from '../../shared/protocol.ts'
import type { Log } from '../log.ts'
import type { Store } from '../store/store.ts'
import type { Connection } from './connection.ts'
import { type EndOfTurn, encodeFrame, type Outbox } from './outbox.ts'
import { Presence } from './presence.ts'
import type { Subprotocol } from './subprotocol.ts'

const recentEntries = 500
const entriesPerRead = 50

/** One connection that has the room open: a cursor in its log. */
export interface Member {
  readonly room: Room
  readonly connection: Connection
  readonly outbox: Outbox
  /** The last id that it was given. */
  cursor: number
  /** Level members get what is new as it comes; the others are served from the log until they are level. */
  isLevel: boolean
  /** Which of his followings is the one in force: opening a room anew ends the one before. */
  following: object | undefined
}

export interface RoomNeeds {
  store: Store
  turn: EndOfTurn
  log: Log
  presenceGraceMs: number
  /** Called when neither members nor users in their time of grace are left. */
  onEmpty(): void
}

/** A room on this node: who has it open here, and how far each of them has read. */
export class Room {
  readonly name: string
  readonly presence: Presence
  /** The id of the newest entry taken in. The store may have later ones, whose publication is still on its way. */
  last = 0
  /** When that was stored; 0 when there is none. */
  lastAt = 0
  readonly #store: Store
  readonly #turn: EndOfTurn
  readonly #log: Log
  readonly #members = new Set<Member>()
  #fresh: ServerFrame[] = []
  #recent: Entry[] = []
  readonly #frames = new Map<Subprotocol, WeakMap<Entry, Buffer>>()
  #isLoaded = false
  #heard = 0
  #isFilling = false

  constructor(name: string, { store, turn, log, presenceGraceMs, onEmpty }: RoomNeeds) {
    this.name = name
    this.#store = store
    this.#turn = turn
    this.#log = log
    this.presence = new Presence(name, presenceGraceMs, (frame) => {
      this.say(frame)
      if (this.isEmpty) onEmpty()
    })
  }

  get isEmpty(): boolean {
    return this.#members.size === 0 && this.presence.online === 0
  }

  /**
   * Takes the newest entries into memory, so that thousands who come back together do not touch the disk.
   * @param last the newest id, as the store has it; what was published meanwhile may be newer
   */
  async load(last: number): Promise<void> {
    this.#recent = await this.#store.entriesAfter(this.name, Math.max(0, last - recentEntries), recentEntries)
    this.last = this.#recent.at(-1)?.id ?? last
    this.lastAt = this.#recent.at(-1)?.at ?? 0
    this.#isLoaded = true
    if (this.#heard > this.last) this.#fillGap()
  }

  /** At most `limit` entries after `cursor`, oldest first; from memory if they are there. */
  async entriesAfter(cursor: number, limit: number): Promise<Entry[]> {
    return this.#recentAfter(cursor, limit) ?? this.published(await this.#store.entriesAfter(this.name, cursor, limit))
  }

  /**
   * Whether the log has an entry of that id and time. Another log under the same name, of a restored backup or of a room that was
   * made again, has other times, however long it is. Without a time the id has to do.
   */
  async has(id: number, at: number | undefined): Promise<boolean> {
    if (id > this.last) return false
    if (id === 0 || at === undefined) return true
    const [entry] = await this.entriesAfter(id - 1, 1)
    return entry?.id === id && entry.at === at
  }

  /** Without what the store has already and members have yet to be handed: they would get it twice. */
  published<Item extends { id: number }>(items: Item[]): Item[] {
    return items.filter(({ id }) => id <= this.last)
  }

  get lastIfLoaded(): number | undefined {
    return this.#isLoaded ? this.last : undefined
  }

  add(connection: Connection): Member {
    const member = {
      room: this,
      connection,
      outbox: connection.outbox,
      cursor: 0,
      isLevel: false,
      following: undefined,
    }
    this.#members.add(member)
    return member
  }

  remove(member: Member): void {
    this.#members.delete(member)
    this.unfollow(member)
  }

  /** Gives the member nothing more until it is followed again. */
  unfollow(member: Member): void {
    member.isLevel = false
    member.following = undefined
  }

  /** From now on the member gets every entry after `cursor`. */
  follow(member: Member, cursor: number): void {
    member.cursor = cursor
    member.isLevel = false
    if (cursor === this.last) this.#level(member)
    else this.#catchUp(member)
  }

  /** Takes in an entry, or two of them in any order, once or twice: members get each once, in the order of ids. */
  receive(entry: Entry): void {
    if (entry.id <= this.last) return
    this.#heard = Math.max(this.#heard, entry.id)
    if (!this.#isLoaded) return
    if (entry.id > this.last + 1) return this.#fillGap()
    this.last = entry.id
    this.lastAt = entry.at
    this.#remember(entry)
    this.#add(entry)
  }

  /** Hands a frame that is not in the log to every level member. */
  say(frame: PresenceFrame): void {
    this.#add(frame)
  }

  /** Hands a frame at once to every level member but those of one user. */
  tellOthers(user: User, frame: ServerFrame): void {
    for (const { connection, isLevel } of this.#members) {
      const isReading = isLevel && !connection.outbox.isBehind
      if (isReading && connection.user.id !== user.id) connection.reply(frame)
    }
  }

  /** Gives each level member what is new: one buffer for all who speak the same. */
  flush(): void {
    const fresh = this.#fresh
    if (!fresh.length) return
    this.#fresh = []
    const online = this.presence.takeOnline()
    if (online) fresh.push(online)
    const shared = new Map<Subprotocol, Buffer>()
    for (const member of this.#members) {
      if (!member.isLevel) continue
      const { outbox } = member
      if (outbox.isBehind) {
        this.#catchUp(member)
        continue
      }
      const { subprotocol } = outbox
      let buffer = shared.get(subprotocol)
      if (!buffer) {
        buffer = this.#encode(fresh, subprotocol)
        shared.set(subprotocol, buffer)
      }
      if (buffer.length) outbox.push(buffer)
      member.cursor = this.last
    }
  }

  #add(frame: ServerFrame): void {
    if (this.#fresh.push(frame) === 1) this.#turn.flushRoom(this)
  }

  #encode(frames: ServerFrame[], subprotocol: Subprotocol): Buffer {
    const encoded = frames
      .map((frame) => subprotocol.write(frame, this.last))
      .filter((text) => text !== undefined)
      .map(encodeFrame)
    return encoded.length === 1 ? (encoded[0] as Buffer) : Buffer.concat(encoded)
  }

  /** Those who catch up after a restart all need the same entries: each is encoded for the first of them. */
  #frameOf(entry: Entry, subprotocol: Subprotocol): Buffer | undefined {
    const frames = this.#frames.get(subprotocol) ?? new WeakMap<Entry, Buffer>()
    this.#frames.set(subprotocol, frames)
    const known = frames.get(entry)
    if (known) return known
    const text = subprotocol.write(entry, this.last)
    const frame = text === undefined ? undefined : encodeFrame(text)
    if (frame) frames.set(entry, frame)
    return frame
  }

  #level(member: Member): void {
    // What gathered so far, the member has from the log: hand it to the others first, so that he does not get it twice.
    this.flush()
    member.isLevel = true
  }

  /** While behind, send the next: the same rule for a newcomer, for one who comes back, and for a slow reader. */
  #catchUp(member: Member): void {
    const following = {}
    member.following = following
    member.isLevel = false
    const { connection } = member
    const run = async () => {
      while (member.cursor < this.last || connection.outbox.isBehind) {
        await connection.outbox.drained()
        const entries = await this.#nextAfter(member.cursor)
        if (member.following !== following) return
        for (const entry of entries) {
          const frame = this.#frameOf(entry, connection.outbox.subprotocol)
          if (frame) connection.outbox.push(frame)
          member.cursor = entry.id
          if (connection.outbox.isFull) break
        }
        connection.outbox.flush()
      }
      if (member.following !== following) return
      this.#level(member)
      // Who came and went meanwhile, he was not told.
      connection.reply({ type: 'list', room: this.name, data: this.presence.list(), online: this.presence.online })
    }
    run().catch((error) => connection.fail(error))
  }

  /** A page of what follows `cursor`, from memory if it is there. */
  async #nextAfter(cursor: number): Promise<Entry[]> {
    const recent = this.#recentAfter(cursor, recentEntries)
    if (recent) return recent
    // One who has much to catch up with must not keep the others waiting.
    await setImmediate()
    return this.published(await this.#stored(cursor))
  }

  #remember(entry: Entry): void {
    this.#recent.push(entry)
    // What the store has erased must not be handed out from memory.
    if (entry.type === 'delete') this.#recent = this.#recent.map((one) => erased(one, entry.ref))
    if (this.#recent.length > 2 * recentEntries) this.#recent = this.#recent.slice(-recentEntries)
  }

  #recentAfter(cursor: number, limit: number): Entry[] | undefined {
    // Level with the end there is nothing to find, and in an empty room neither.
    if (cursor >= this.last) return []
    const [first] = this.#recent
    if (!first || cursor + 1 < first.id) return undefined
    const start = cursor + 1 - first.id
    return this.#recent.slice(start, start + limit)
  }

  /** A page of what follows `cursor` in the log, when something is known to follow. */
  async #stored(cursor: number): Promise<Entry[]> {
    const entries = await this.#store.entriesAfter(this.name, cursor, entriesPerRead)
    const isMissing = entries.length ? entries[0]?.id !== cursor + 1 : cursor < this.last
    if (isMissing) throw new Error(`The log of a room has no entry ${cursor + 1}, though there are later ones.`)
    return entries
  }

  /** Reads what a publication shows to be missing. What is heard meanwhile is read along with it. */
  #fillGap(): void {
    if (this.#isFilling) return
    this.#isFilling = true
    const run = async () => {
      while (this.last < this.#heard) {
        const missing = await this.#stored(this.last)
        if (!missing.length) throw new Error(`Entries after ${this.last} of a room were heard of but are not stored.`)
        for (const entry of missing) this.receive(entry)
      }
    }
    run()
      .catch((error) => this.#log.event('task-failed', { reason: 'gap', err: error }))
      .finally(() => {
        this.#isFilling = false
      })
  }
}

/** An entry as the log has it once the message of that id is deleted. */
function erased(entry: Entry, deleted: number): Entry {
  if (entry.type === 'chat') return entry.id === deleted ? { ...entry, data: '', deleted: true } : entry
  return entry.type === 'edit' && entry.ref === deleted ? { ...entry, data: '' } : entry
}
