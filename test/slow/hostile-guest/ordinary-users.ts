/** Ordinary users write in a few rooms at a steady pace. Measures how long the server takes to acknowledge their messages. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Latencies } from '../../../bench/load/latencies.ts'
import { type ChatClient, connect } from '../../support/clients/client.ts'

export const ordinaryRooms = ['lobby', 'kitchen', 'garden', 'cellar', 'attic', 'porch']
/** Ten users each write 1.5 messages a second in each room, which the limits allow without end. */
const messagesPerSecond = 90

export class OrdinaryUsers {
  readonly #clients: ChatClient[]
  readonly #sentAt = new Map<string, number>()
  #latencies = new Latencies()
  #keys = 0
  #refused: string[] = []

  private constructor(clients: ChatClient[]) {
    this.#clients = clients
    for (const { socket } of clients) socket.on('message', (data) => this.#hear(String(data)))
  }

  static async join(port: number, cookies: readonly string[]): Promise<OrdinaryUsers> {
    const clients = await Promise.all(
      cookies.map((cookie) => connect(`ws://127.0.0.1:${port}/ws/chat`, { protocol: 'chat.v1', cookie })),
    )
    for (const client of clients) for (const room of ordinaryRooms) await client.open(room)
    return new OrdinaryUsers(clients)
  }

  /** The server's errors for messages that were not stored. */
  get refused(): readonly string[] {
    return this.#refused
  }

  /**
   * Writes for a while, in turn.
   * @returns the time from sending to `sent` of each message, in milliseconds; those still on their way are waited for
   */
  async talk(ms: number): Promise<Latencies> {
    this.#latencies = new Latencies()
    const begin = performance.now()
    const count = Math.round((ms * messagesPerSecond) / 1_000)
    for (let i = 0; i < count; i++) {
      await sleep(Math.max(0, begin + (i * 1_000) / messagesPerSecond - performance.now()))
      const key = `ordinary ${++this.#keys}`
      this.#sentAt.set(key, performance.now())
      const room = ordinaryRooms[Math.floor(i / this.#clients.length) % ordinaryRooms.length]
      this.#clients[i % this.#clients.length]?.send({ type: 'chat', room, key, data: 'What shall we have?' })
    }
    for (const client of this.#clients) await client.settle()
    for (const client of this.#clients) client.received.length = 0
    return this.#latencies
  }

  close(): void {
    for (const { socket } of this.#clients) socket.terminate()
  }

  #hear(text: string): void {
    if (text.startsWith('{"type":"error"')) this.#refused.push(text)
    if (!text.startsWith('{"type":"sent"')) return
    const { key } = JSON.parse(text) as { key: string }
    const at = this.#sentAt.get(key)
    if (at === undefined) return
    this.#sentAt.delete(key)
    this.#latencies.add(performance.now() - at)
  }
}
