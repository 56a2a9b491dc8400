/**
 * One person's page without a page: the page's discipline on a raw WebSocket, thousands of them to a process. What it
 * says and displays goes into the history. Other than the page it never leaves out what it missed, however much.
 */
import type { Opened, ServerFrame } from '../../../src/shared/protocol/frames.ts'
import { type Chat, type Display, type History, keyOf, type Send } from '../history.ts'
import type { Carry } from './carriers.ts'
import type { FrameReader } from './frame-reader.ts'
import { ProofSocket, type Times } from './proof-socket.ts'

const maxInFlight = 8

interface Item {
  send: Send
  isSent: boolean
  tries: number
  /** Once it is acknowledged. */
  id?: number
}

export interface ClientNeeds {
  origin(): string
  cookie: string
  room: string
  history: History
  reader: FrameReader
  times: Times
  carry?: Carry | undefined
  /** Whether an answer that was lost with its connection may have said that nothing can be stored now. */
  mayMissRefusals?: boolean | undefined
  /** Called for each entry that is displayed. */
  shown?: ((client: Client, entry: Chat) => void) | undefined
}

export class Client {
  readonly number: number
  readonly display: Display
  readonly line: ProofSocket
  /** The id up to which everything is displayed. */
  last: number | undefined
  /** Everything missed has come, and what is new comes as it happens. */
  isLive = false
  /** When it last became so, as `performance.now()` has it. */
  liveAt = 0
  readonly #needs: ClientNeeds
  #epoch = ''
  #isOpening = false
  #outbox: Item[] = []
  /** Acknowledged, and not displayed yet. */
  #stored: Item[] = []
  #maxInFlight = maxInFlight
  #quietUntil = 0
  #said = 0
  /** The last id on this line: the next one may only be its successor. */
  #lineLast: number | undefined
  /** The last id of what was missed, where that and what is new are joined. */
  #seam: number | undefined

  constructor(number: number, needs: ClientNeeds) {
    this.number = number
    this.#needs = needs
    this.display = needs.history.display(number)
    this.line = new ProofSocket({
      origin: needs.origin,
      cookie: needs.cookie,
      times: needs.times,
      carry: needs.carry,
      opened: () => this.#open(),
      heard: (data) => this.#heard(needs.reader.read(data)),
      lost: () => this.#lost(),
    })
  }

  /** How many messages were said and not acknowledged. */
  get waiting(): number {
    return this.#outbox.length
  }

  /** The log that it displays. */
  get epoch(): string {
    return this.#epoch
  }

  /** @param filler what follows the key, so that messages have some length */
  say(filler = ''): Send {
    const key = `c${this.number}-${++this.#said}`
    const send = this.#needs.history.invoke(this.number, key, filler ? `${key} ${filler}` : key)
    this.#outbox.push({ send, isSent: false, tries: 0 })
    this.#flush()
    return send
  }

  #open(): void {
    this.#isOpening = true
    this.isLive = false
    const after = this.last === undefined ? {} : { after: this.last, epoch: this.#epoch }
    this.line.send({ type: 'open', room: this.#needs.room, ...after })
  }

  #heard(frame: ServerFrame): void {
    switch (frame.type) {
      case 'chat':
        return this.#entry(frame)
      case 'bye':
        return this.line.comeBackAfter(frame.retryAfterMs)
      case 'pong':
        return this.line.answered()
      case 'opened':
        this.line.answered()
        return this.#answered(frame)
      case 'sent':
        this.line.answered()
        return this.#acknowledged(frame.key, frame.id)
      case 'error':
        this.line.answered()
        return this.#failed(frame)
    }
  }

  #answered({ room, epoch, last, reset, entries, messages, more }: Opened): void {
    if (room !== this.#needs.room) return
    const { history } = this.#needs
    const type = epoch === this.#epoch ? 'reset' : 'new-epoch'
    if (reset) history.wireFault({ type, client: this.number, id: last, after: this.last ?? 0 })
    history.noteEpoch(epoch)
    this.#isOpening = false
    this.#epoch = epoch
    if (!entries) this.#beginAt(last, (messages ?? []) as Chat[])
    for (const entry of entries ?? []) this.#take(entry as Chat)
    if (entries && more) return this.#open()
    this.#seam = this.#lineLast = entries ? this.last : last
    this.isLive = true
    this.liveAt = performance.now()
    this.#flush()
  }

  /** The newest messages, and from there on the log. */
  #beginAt(last: number, messages: Chat[]): void {
    // The log was replaced by another one: what was stored in the old one is offered to the new.
    this.#outbox = [...this.#stored.splice(0), ...this.#outbox]
    for (const item of this.#outbox) item.isSent = false
    this.display.restart()
    for (const message of messages) this.#show(message)
    this.last = Math.max(last, messages.at(-1)?.id ?? 0)
  }

  #entry(entry: Chat): void {
    const { id } = entry
    const after = this.#lineLast
    if (after !== undefined && id !== after + 1) {
      const type = id > after ? 'gap' : after === this.#seam ? 'seam' : 'double'
      this.#needs.history.wireFault({ type, client: this.number, id, after })
    }
    if (after !== undefined) this.#lineLast = Math.max(id, after)
    this.#take(entry)
    // Whatever is missing is asked for, and nothing is displayed before it.
    if (id > (this.last ?? 0) && !this.#isOpening) this.#open()
  }

  #take(entry: Chat): void {
    if (entry.id !== (this.last ?? 0) + 1) return
    this.last = entry.id
    this.#show(entry)
  }

  #show(entry: Chat): void {
    const { history, shown } = this.#needs
    history.show(this.display, entry.id, entry.data, this.#epoch)
    if (this.#outbox.length) this.#noteEarly(entry)
    if (this.#stored.length) this.#stored = this.#stored.filter(({ id = 0 }) => id > entry.id)
    shown?.(this, entry)
  }

  /** `sent` comes before the entry itself, on the connection that asked for it if no other asked before. */
  #noteEarly({ id, data }: Chat): void {
    const key = keyOf(data)
    const isEarly = this.#outbox.some(({ send, isSent, tries }) => isSent && tries === 1 && send.key === key)
    if (isEarly) this.#needs.history.wireFault({ type: 'entry-before-sent', client: this.number, id, after: id - 1 })
  }

  #acknowledged(key: string, id: number): void {
    this.#needs.history.ack(key, id, this.#epoch)
    const item = this.#outbox.find(({ send }) => send.key === key)
    if (!item) return
    item.id = id
    this.#outbox = this.#outbox.filter((one) => one !== item)
    if (id > (this.last ?? 0)) this.#stored.push(item)
    if (this.#outbox.every(({ isSent }) => isSent)) this.#maxInFlight = maxInFlight
    this.#flush()
  }

  #failed({ key, code, message, retryAfterMs }: Extract<ServerFrame, { type: 'error' }>): void {
    const { history, times } = this.#needs
    const againMs = retryAfterMs ?? times.busyMs
    const item = this.#outbox.find(({ send }) => send.key === key)
    if (!item) {
      if (this.#isOpening) this.#later(againMs, () => this.#open())
    } else if (code === 'too-fast' || code === 'internal' || code === 'unavailable') {
      history.putOff(item.send.key)
      item.isSent = false
      this.#maxInFlight = 1
      this.#quietUntil = performance.now() + againMs
      this.#later(againMs, () => this.#flush())
    } else if (code === 'not-in-room') {
      item.isSent = false
      this.#open()
    } else {
      history.refuse(item.send.key, message)
      this.#outbox = this.#outbox.filter((one) => one !== item)
    }
  }

  /** Unless the line is another one by then. */
  #later(ms: number, action: () => void): void {
    const { opened } = this.line
    setTimeout(() => opened === this.line.opened && action(), ms + 1)
  }

  #flush(): void {
    if (!this.isLive || performance.now() < this.#quietUntil) return
    for (const [i, item] of this.#outbox.entries()) {
      if (i >= this.#maxInFlight) return
      if (item.isSent) continue
      item.isSent = true
      item.tries++
      this.line.send({ type: 'chat', room: this.#needs.room, key: item.send.key, data: item.send.data })
    }
  }

  #lost(): void {
    this.isLive = this.#isOpening = false
    this.#quietUntil = 0
    this.#lineLast = undefined
    const { history, mayMissRefusals } = this.#needs
    for (const item of this.#outbox) {
      if (item.isSent && mayMissRefusals) history.putOff(item.send.key)
      item.isSent = false
    }
  }
}
