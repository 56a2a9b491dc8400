import { setTimeout as sleep } from 'node:timers/promises'
import type { Dialect } from './dialects.ts'
import { maskedFrame, numberBefore } from './frames.ts'
import { Latencies } from './latencies.ts'
import type { RawSocket } from './raw-socket.ts'

/** Messages sent at a steady pace into one room, whatever comes back, and how long each takes to each of its members. */
export class PacedRoom {
  readonly latencies = new Latencies()
  sent = 0
  delivered = 0
  /** As many as there were members when each message was sent. */
  expected = 0
  readonly #dialect: Dialect
  readonly #room: string
  readonly #sentAt: number[] = [0]

  constructor(dialect: Dialect, room: string) {
    this.#dialect = dialect
    this.#room = room
  }

  /** From now on what the socket receives is counted and timed. */
  listen(socket: RawSocket): void {
    const dialect = this.#dialect
    socket.onText = (bytes, start, end) => {
      if (!dialect.isMessage(bytes, start)) return
      this.delivered++
      const number = numberBefore(bytes, end - dialect.tail)
      this.latencies.add(performance.now() - (this.#sentAt[number] as number))
    }
  }

  /** Sends `perSecond` messages from `members` in turn for some time. All of them listen. */
  async send(members: RawSocket[], perSecond: number, ms: number): Promise<void> {
    await this.sendTo(members.length, members, perSecond, ms)
  }

  /** @param listeners how many listen, whoever sends */
  async sendTo(listeners: number, members: RawSocket[], perSecond: number, ms: number): Promise<void> {
    const begin = performance.now()
    const count = Math.round((ms * perSecond) / 1000)
    for (let i = 0; i < count; i++) {
      await sleep(Math.max(0, begin + (i * 1000) / perSecond - performance.now()))
      const number = ++this.sent
      const socket = members[(number * 7919) % members.length] as RawSocket
      const frame = maskedFrame(this.#dialect.chat(this.#room, String(number).padStart(8, '0')))
      this.expected += listeners
      this.#sentAt[number] = performance.now()
      socket.write(frame)
    }
  }

  /** Waits for what is on its way. @throws Error when something is missing or too much */
  async complete(): Promise<void> {
    for (let i = 0; this.delivered < this.expected && i < 200; i++) await sleep(50)
    if (this.delivered !== this.expected) {
      throw new Error(`${this.delivered} deliveries instead of ${this.expected}, of ${this.sent} messages.`)
    }
  }
}
