/** Two users who exchange messages during an attack, which must not affect them. */
import { setTimeout } from 'node:timers/promises'
import { type ChatClient, connect } from '../../support/clients/client.ts'

/** Enough rooms to stay below the rate limit in each. */
const rooms = Array.from({ length: 6 }, (_, i) => `ordinary ${i}`)
const paceMs = 100

export class OrdinaryUsers {
  readonly #speaker: ChatClient
  readonly #listener: ChatClient
  readonly #delaysMs: number[] = []
  #running: Promise<void> | undefined
  #isDone = false

  private constructor(speaker: ChatClient, listener: ChatClient) {
    this.#speaker = speaker
    this.#listener = listener
  }

  static async start(port: number, cookies: [string, string]): Promise<OrdinaryUsers> {
    const open = (cookie: string) => connect(`ws://127.0.0.1:${port}/ws/chat`, { protocol: 'chat.v1', cookie })
    const [speaker, listener] = [await open(cookies[0]), await open(cookies[1])]
    // A guest can create three rooms at once, so each of them creates half.
    for (const room of rooms.slice(0, 3)) await speaker.open(room)
    for (const room of rooms) await listener.open(room)
    for (const room of rooms.slice(3)) await speaker.open(room)
    const ordinaryUsers = new OrdinaryUsers(speaker, listener)
    ordinaryUsers.#running = ordinaryUsers.#exchangeMessages()
    // It is awaited at the end. A failure before that must not end the process.
    ordinaryUsers.#running.catch(() => {})
    return ordinaryUsers
  }

  get count(): number {
    return this.#delaysMs.length
  }

  /** The longest time between a message and its arrival. */
  get longestMs(): number {
    return Math.max(...this.#delaysMs)
  }

  /** Resolves when they have exchanged so many more. @throws Error when they cannot */
  async waitForMessages(count: number): Promise<void> {
    const end = this.count + count
    while (this.count < end) await Promise.race([this.#running, setTimeout(paceMs)])
  }

  /** Stops the exchange. @throws Error when an answer did not open, or a connection was lost */
  async stop(): Promise<void> {
    this.#isDone = true
    await this.#running
    await this.#speaker.close()
    await this.#listener.close()
  }

  async #exchangeMessages(): Promise<void> {
    for (let i = 0; !this.#isDone; i++) {
      await this.#exchange(rooms[i % rooms.length] as string, `message ${i}`)
      await setTimeout(paceMs)
    }
  }

  /** Sends a message, and waits for its acknowledgement and its delivery. */
  async #exchange(room: string, data: string): Promise<void> {
    const begun = performance.now()
    const id = await this.#speaker.say(room, data)
    const heard = await this.#listener.next('chat')
    if (heard.room !== room || heard.id !== id || heard.data !== data) {
      throw new Error(`${JSON.stringify(heard)} arrived in place of ${id} in ${room}.`)
    }
    this.#delaysMs.push(performance.now() - begun)
  }
}
