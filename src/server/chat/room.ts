import { secondMs } from '../../shared/durations.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { PresenceFrame, ServerFrame, StatusFrame } from '../../shared/protocol/frames.ts'
import type { Entry, User } from '../../shared/protocol/types.ts'
import { type Node, type OpenHead, readWhenCurrent } from '../cluster/node.ts'
import type { Log } from '../log.ts'
import type { Reader, ReadQueue } from '../rate-limit/read-queue.ts'
import type { Store } from '../store/store.ts'
import type { ChatCounts } from './chat-counts.ts'
import type { Codec, Connection, OpenRoom, Subscription } from './contract.ts'
import { MissingEntries } from './missing-entries.ts'
import type { EndOfTurn } from './output-buffer.ts'
import { OwnWrites } from './own-writes.ts'
import { type OnHere, Presence } from './presence.ts'
import type { RecentMemory } from './recent-entries.ts'
import { LogGone, RoomLog } from './room-log.ts'

export interface RoomNeeds {
  store: Store
  reads: ReadQueue
  memory: RecentMemory
  turn: EndOfTurn
  counts: ChatCounts
  log: Log
  /** Until it is current, nobody is given anything: who may have it is not known. */
  node: Pick<Node, 'isCurrent' | 'whenCurrent'>
  presenceGraceMs: number
  onHere?: OnHere
  /** Called when neither subscriptions nor users in their time of grace are left. */
  onEmpty(): void
}

/** A room on this node: who has it open here, and how far each of them has read. */
export class Room implements OpenRoom {
  readonly name: string
  readonly presence: Presence
  /** The id of the newest entry taken in. The store may have later ones, whose publication is still on its way. */
  last = 0
  /** When that was stored; 0 when there is none. */
  lastAt = 0
  readonly #opening = {}
  readonly #store: Store
  readonly #roomLog: RoomLog
  readonly #turn: EndOfTurn
  readonly #counts: ChatCounts
  readonly #node: RoomNeeds['node']
  readonly #subscriptions = new Set<Subscription>()
  #fresh: ServerFrame[] = []
  #isLoaded = false
  readonly #missing: MissingEntries
  /** Entries that users of this node are writing here. */
  readonly #writes = new OwnWrites()

  constructor(name: string, needs: RoomNeeds) {
    const { store, reads, memory, turn, counts, node, presenceGraceMs, onEmpty } = needs
    this.name = name
    this.#store = store
    this.#roomLog = new RoomLog(this, { store, reads, memory })
    this.#turn = turn
    this.#counts = counts
    this.#node = node
    this.#missing = new MissingEntries(this, { ...needs, roomLog: this.#roomLog, writes: this.#writes })
    const say = (frame: PresenceFrame | StatusFrame) => {
      this.say(frame)
      if (this.isEmpty) onEmpty()
    }
    this.presence = new Presence(name, presenceGraceMs, say, (user, isHere) => {
      needs.onHere?.(user, isHere)
      // Others may be online on other nodes, which keeps no room open here.
      if (this.isEmpty) onEmpty()
    })
  }

  get isEmpty(): boolean {
    return this.#subscriptions.size === 0 && !this.presence.hasHere
  }

  /** @param last the newest id, as the store has it; what was published meanwhile may be newer */
  async begin(last: number): Promise<void> {
    this.lastAt = last ? await this.#store.log.timeOf(this.name, last) : 0
    this.last = last
    this.#isLoaded = true
    void this.#missing.fill()
  }

  /** Nobody has the room open any more, or it is deleted. */
  end(): void {
    this.presence.end()
    this.#missing.end()
    this.#roomLog.recent.end()
  }

  /**
   * At most `limit` entries after `cursor`, oldest first; from memory if they are there.
   * @param reader pays for it @throws ChatError `too-fast`
   */
  entriesAfter(reader: Reader, cursor: number, limit: number): Promise<Entry[]> {
    return this.#roomLog.entriesAfter(reader, cursor, limit)
  }

  /**
   * Whether the log has an entry of that id and time. Another log under the same name, of a restored backup or of a room that was
   * made again, has other times, however long it is. Without a time the id has to do.
   */
  async has(id: number, at: number | undefined): Promise<boolean> {
    if (id > this.last && !(await this.#reaches(id))) return false
    if (id === 0 || at === undefined) return true
    return (await this.timeOf(id)) === at
  }

  /** Whether another node has stored the entry, of which this one has not heard. Then it is taken in before this resolves. */
  async #reaches(id: number): Promise<boolean> {
    if (!(await this.#store.log.timeOf(this.name, id))) return false
    this.#missing.hear(id)
    await this.#missing.fill()
    if (id > this.last) throw new ChatError('unavailable', 'This server is catching up. Try again.', secondMs)
    return true
  }

  /** When the entry was stored; 0 for none. */
  async timeOf(id: number): Promise<number> {
    if (id === this.last) return this.lastAt
    return await this.#roomLog.timeOf(id)
  }

  get lastIfLoaded(): number | undefined {
    return this.#isLoaded ? this.last : undefined
  }

  get head(): OpenHead | undefined {
    return this.#isLoaded ? { room: this.name, last: this.last, at: this.lastAt, opening: this.#opening } : undefined
  }

  add(connection: Connection): Subscription {
    const subscription = {
      room: this,
      connection,
      output: connection.output,
      cursor: 0,
      isLive: false,
      delivery: undefined,
    }
    this.#subscriptions.add(subscription)
    return subscription
  }

  remove(subscription: Subscription): void {
    this.#subscriptions.delete(subscription)
    this.unfollow(subscription)
  }

  /** Gives the subscription nothing more until it is followed again. */
  unfollow(subscription: Subscription): void {
    subscription.isLive = false
    subscription.delivery = undefined
  }

  /** From now on the subscription gets every entry after `cursor`. */
  follow(subscription: Subscription, cursor: number): void {
    subscription.cursor = cursor
    subscription.isLive = false
    if (cursor === this.last) this.#goLive(subscription)
    else this.#catchUp(subscription)
  }

  /** Takes in an entry, or two of them in any order, once or twice: subscriptions get each once, in the order of ids. */
  receive(entry: Entry): void {
    if (entry.id <= this.last) {
      this.#counts.late++
      return
    }
    this.#missing.hear(entry.id)
    if (!this.#isLoaded) return
    if (entry.id > this.last + 1) this.#missing.keep(entry)
    else for (let next: Entry | undefined = entry; next; next = this.#missing.take(this.last + 1)) this.#append(next)
    this.#missing.fillSoon()
  }

  #append(entry: Entry): void {
    this.last = entry.id
    this.lastAt = entry.at
    this.#roomLog.recent.add(entry)
    this.#add(entry)
  }

  /** The store has the entries up to that one, whether they were published or not. */
  hear(id: number): void {
    if (id <= this.last) return
    this.#missing.hear(id)
    if (this.#isLoaded) this.#missing.fillSoon()
  }

  /**
   * An entry is being written on this node. Its sender gets `sent` before the entry, also when the entry is found in the store first.
   * @returns is to be called when that is sent, or will never be
   */
  beginWrite(): () => void {
    return this.#writes.begin()
  }

  /** Hands a frame that is not in the log to every level subscription. */
  say(frame: PresenceFrame | StatusFrame): void {
    this.#add(frame)
  }

  /** Hands a frame at once to every level subscription but those of one user. */
  tellOthers(user: User, frame: ServerFrame): void {
    for (const { connection, isLive } of this.#subscriptions) {
      const isReading = isLive && !connection.output.isBehind
      if (isReading && connection.user.id !== user.id) connection.reply(frame)
    }
  }

  /** Gives each level subscription what is new: one buffer for all who speak the same. */
  flush(): void {
    const fresh = this.#fresh
    if (!fresh.length) return
    this.#fresh = []
    const online = this.presence.takeOnline()
    if (online) fresh.push(online)
    const shared = new Map<Codec, Buffer>()
    const { isCurrent } = this.#node
    let delivered = 0
    for (const subscription of this.#subscriptions) {
      if (!subscription.isLive) continue
      const { output } = subscription
      if (output.isBehind || !isCurrent) {
        this.#catchUp(subscription)
        continue
      }
      const { codec } = output
      let buffer = shared.get(codec)
      if (!buffer) {
        buffer = this.#encode(fresh, codec)
        shared.set(codec, buffer)
      }
      if (buffer.length) output.push(buffer)
      delivered += this.last - subscription.cursor
      subscription.cursor = this.last
    }
    this.#counts.delivered += delivered
  }

  #add(frame: ServerFrame): void {
    if (this.#fresh.push(frame) === 1) this.#turn.flushRoom(this)
  }

  #encode(frames: ServerFrame[], codec: Codec): Buffer {
    const encoded = frames.map((frame) => codec.write(frame, this.last)).filter((bytes) => bytes !== undefined)
    return encoded.length === 1 ? (encoded[0] as Buffer) : Buffer.concat(encoded)
  }

  #goLive(subscription: Subscription): void {
    // The subscription has what gathered so far from the log. The others get it first, so that this one does not get it twice.
    this.flush()
    subscription.isLive = true
  }

  /** While behind, send the next: the same rule for a newcomer, for one who comes back, and for a slow reader. */
  #catchUp(subscription: Subscription): void {
    const delivery = {}
    subscription.delivery = delivery
    subscription.isLive = false
    const { connection } = subscription
    const run = async () => {
      while (subscription.cursor < this.last || connection.output.isBehind || !this.#node.isCurrent) {
        await connection.output.drained()
        const next = await readWhenCurrent(this.#node, () => this.#roomLog.nextAfter(connection, subscription.cursor))
        if (subscription.delivery !== delivery) return
        for (const held of next) {
          const frame = this.#roomLog.recent.frameOf(held, connection.output.codec, this.last)
          if (frame) connection.output.push(frame)
          subscription.cursor = held.entry.id
          this.#counts.delivered++
          if (connection.output.isFull) break
        }
        connection.output.flush()
      }
      if (subscription.delivery !== delivery) return
      this.#goLive(subscription)
      // The client was not told of users who came and went meanwhile.
      connection.reply({ type: 'list', room: this.name, data: this.presence.list(), online: this.presence.online })
    }
    run().catch((error) => {
      // Somebody who has left the room misses nothing, and in a deleted room nothing follows but the news that it is deleted.
      if (subscription.delivery !== delivery) return
      if (error instanceof LogGone) this.unfollow(subscription)
      else connection.fail(error)
    })
  }
}
