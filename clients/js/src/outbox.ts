/** Keeps what its user says and changes from that moment until it is known to be stored and shown; sends it until then. */
import type { ChatError, ErrorCode } from '../../../src/shared/protocol/errors.ts'
import type { Clock } from './clock.ts'
import {
  type Item,
  type MessageChange,
  revived,
  type Sending,
  type Storage,
  type StoredItem,
  withoutHold,
  withoutTrial,
  withoutUnavailable,
} from './outbox-items.ts'

export interface OutboxContext {
  user: number
  tab: string
  storage: Storage
  clock: Clock
  newKey(): string
  /** Whether it went to an open connection. */
  send(item: Item): boolean
  /** The last id that is shown in a room. */
  shown(room: string): number
  changed(items: readonly Item[]): void
}

type SendFailure = Pick<ChatError, 'message' | 'retryAfterMs'> & { code: ErrorCode }

type Files = Pick<StoredItem, 'files' | 'uploads' | 'uploaded'>

const maxInFlight = 8

const busyMs = 2_000

export class Outbox {
  readonly #context: OutboxContext
  readonly #live = new Set<string>()
  #hasAdopted = false
  #items: readonly Item[] = []
  /** One at a time after the server said that it was too fast, so that what it refuses does not fall behind. */
  #maxInFlight = maxInFlight
  /** Before that nothing goes to the room: how fast one may write is a matter of each room. */
  readonly #quietUntil = new Map<string, number>()

  constructor(context: OutboxContext) {
    this.#context = context
  }

  get items(): readonly Item[] {
    return this.#items
  }

  /** Takes over the kept items that no other tab looks after, as `isOurs` says. */
  async adopt(isOurs: (item: StoredItem) => boolean) {
    const { user, tab, storage } = this.#context
    // The items that this tab kept before a reload are taken once: later, a kept item that is not here was discarded.
    const isFirst = !this.#hasAdopted
    this.#hasAdopted = true
    const before = this.#items
    const all = await storage.all()
    const known = new Set([...before, ...this.#items].map(({ key }) => key))
    const isWanted = (item: StoredItem) => isOurs(item) && (isFirst || item.tab !== tab)
    const kept = all.filter((item) => item.user === user && !known.has(item.key) && isWanted(item))
    // An adopted item is not held any longer: the time may be from another clock.
    const adopted = kept.map((item) => revived(withoutHold(item), tab))
    for (const item of adopted) this.#keep(item)
    this.#set([...this.#items, ...adopted].sort((a, b) => a.at - b.at))
    this.#flush()
  }

  /**
   * @param files their ids; or the keys of their uploads: then it waits until `retry` says the ids
   * @returns its key
   */
  add(room: string, data: string, reply?: number, key?: string, files?: Files): string {
    return this.#take({ type: 'chat', room, data, ...files, ...(reply !== undefined && { reply }) }, key)
  }

  /**
   * @param holdMs how long it can be undone before it is sent
   * @returns its key
   */
  change(change: MessageChange, holdMs = 0): string {
    const held = holdMs ? { heldUntil: this.#context.clock.now() + holdMs } : {}
    const key = this.#take({ data: '', ...change, ...held })
    if (holdMs) this.#context.clock.after(holdMs, () => this.#flush())
    return key
  }

  /** Nothing is held any longer: the room is being left, or without one, the page. */
  release(room?: string) {
    const isToGo = (item: Item) => room === undefined || item.room === room
    this.#set(this.#items.map((item) => (isToGo(item) ? withoutHold(item) : item)))
    this.#flush()
  }

  /** The room is open on the connection: waiting items are sent, and those that may have been lost are sent again. */
  roomOpen(room: string) {
    this.#live.add(room)
    this.#flush()
  }

  /** The user is no longer in the room. Items that waited for it are refused, so that they are not sent when the user returns. */
  roomClosed(room: string, code: ErrorCode) {
    this.#live.delete(room)
    const waiting = this.#items.filter((item) => item.room === room && item.sending.state === 'waiting')
    for (const item of waiting) this.#refuse(item, code, 'The room was closed.')
    this.#clear()
  }

  connectionLost() {
    this.#live.clear()
    this.#quietUntil.clear()
    this.#set(this.#items.map((item) => (item.sending.state === 'sent' ? { ...item, uncertain: true } : item)))
    this.#again(({ sending }) => sending.state === 'sent')
  }

  /** The log was replaced by another one: what was stored in the old one is offered to the new. */
  roomReset(room: string) {
    for (const item of this.#items) {
      // The message that it refers to has another id there, or is gone: the item must not change another message.
      if (item.room === room && item.ref !== undefined) this.#refuse(item, 'no-such-message', 'The log was replaced.')
    }
    this.#set(this.#items.map((item) => (item.room === room ? withoutTrial(item) : item)))
    this.#again((item) => item.room === room && item.sending.state === 'stored')
  }

  sent(key: string, id: number) {
    this.#maxInFlight = this.#items.some(({ sending }) => sending.state === 'waiting') ? this.#maxInFlight : maxInFlight
    this.#set(this.#items.map(withoutUnavailable))
    this.#change(key, { state: 'stored', id })
    this.#clear()
    this.#flush()
  }

  /** More of the room is shown. */
  shown(room: string) {
    if (this.#items.some((item) => item.room === room && item.sending.state === 'stored')) this.#clear()
  }

  /** @returns whether the error was about one of ours */
  failed(key: string, { code, message, retryAfterMs }: SendFailure): boolean {
    const item = this.#items.find((one) => one.key === key)
    if (!item) return false
    if (code === 'unavailable') this.#later({ ...item, unavailable: true }, retryAfterMs ?? busyMs)
    else if (code === 'too-fast' || code === 'internal') this.#later(item, retryAfterMs ?? busyMs)
    else if (code === 'not-in-room') this.#notInRoom(item)
    else this.#refuse(item, code, message)
    return true
  }

  /** @param change what is new about it: the ids of its files instead of their uploads */
  retry(key: string, change?: Files) {
    this.#set(this.#items.map((item) => (item.key === key ? this.#unrefused({ ...item, ...change }) : item)))
    this.#flush()
  }

  discard(key: string) {
    this.#forget([key])
  }

  #take(what: Omit<StoredItem, 'key' | 'user' | 'tab' | 'at'>, key = this.#context.newKey()): string {
    const { user, tab, clock } = this.#context
    // Two written in one millisecond keep their order.
    const at = Math.max(clock.now(), (this.#items.at(-1)?.at ?? 0) + 1)
    const item: Item = { ...what, key, user, tab, at, sending: { state: 'waiting' } }
    this.#keep(item)
    this.#set([...this.#items, item])
    this.#flush()
    return key
  }

  #flush() {
    const now = this.#context.clock.now()
    /** Rooms in which a message waits for its files: those that follow wait too. */
    const behind: string[] = []
    for (const item of this.#items) {
      if (item.sending.state !== 'waiting' || !this.#live.has(item.room)) continue
      if (item.uploads) behind.push(item.room)
      if (!item.ref && behind.includes(item.room)) continue
      if (now < (this.#quietUntil.get(item.room) ?? 0)) continue
      if (item.heldUntil !== undefined && item.heldUntil > now) continue
      if (this.#inFlight() >= this.#maxInFlight || !this.#send(item)) return
    }
  }

  #inFlight(): number {
    return this.#items.filter(({ sending }) => sending.state === 'sent').length
  }

  #send(item: Item): boolean {
    if (!this.#context.send(item)) return false
    if (item.tried === undefined) {
      item = { ...item, tried: this.#context.shown(item.room) }
      this.#keep(item)
    }
    this.#replace({ ...item, sending: { state: 'sent' } })
    return true
  }

  #later(item: Item, ms: number) {
    const { clock } = this.#context
    const { room } = item
    this.#replace({ ...item, sending: { state: 'waiting' } })
    this.#maxInFlight = 1
    this.#quietUntil.set(room, Math.max(this.#quietUntil.get(room) ?? 0, clock.now() + ms))
    clock.after(ms, () => this.#flush())
  }

  #notInRoom(item: Item) {
    this.#live.delete(item.room)
    this.#change(item.key, { state: 'waiting' })
  }

  #refuse(item: Item, code: ErrorCode, refused: string) {
    const next: Item = { ...item, code, refused, sending: { state: 'refused' } }
    this.#keep(next)
    this.#replace(next)
    this.#flush()
  }

  #unrefused({ refused: _, code: __, ...item }: Item): Item {
    const next: Item = { ...item, sending: { state: 'waiting' } }
    this.#keep(next)
    return next
  }

  #again(which: (item: Item) => boolean) {
    this.#set(this.#items.map((item) => (which(item) ? { ...item, sending: { state: 'waiting' } } : item)))
  }

  /** Stored and shown: nothing is left to do. */
  #clear() {
    const { shown } = this.#context
    const done = this.#items.filter(({ room, sending }) => sending.state === 'stored' && sending.id <= shown(room))
    if (done.length) this.#forget(done.map(({ key }) => key))
  }

  #forget(keys: readonly string[]) {
    for (const key of keys) void this.#context.storage.remove(key)
    this.#set(this.#items.filter(({ key }) => !keys.includes(key)))
  }

  #keep({ sending: _, uncertain: __, unavailable: ___, ...kept }: Item) {
    void this.#context.storage.put(kept)
  }

  #change(key: string, sending: Sending) {
    this.#set(this.#items.map((item) => (item.key === key ? { ...item, sending } : item)))
  }

  #replace(next: Item) {
    this.#set(this.#items.map((item) => (item.key === next.key ? next : item)))
  }

  #set(items: readonly Item[]) {
    this.#items = items
    this.#context.changed(items)
  }
}
