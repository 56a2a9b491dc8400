/** Two people who talk to each other all along, and who must not notice anything. */
import { setTimeout } from 'node:timers/promises'
import { type ChatClient, connect } from '../../support/client.ts'

/** So many that nobody speaks too fast in any of them. */
const rooms = Array.from({ length: 6 }, (_, i) => `ordinaryUsers ${i}`)
const paceMs = 100

export class OrdinaryUsers {
  readonly #speaker: ChatClient
  readonly #listener: ChatClient
  readonly #delaysMs: number[] = []
  #talking: Promise<void> | undefined
  #isDone = false

  private constructor(speaker: ChatClient, listener: ChatClient) {
    this.#speaker = speaker
    this.#listener = listener
  }

  static async start(port: number, cookies: [string, string]): Promise<OrdinaryUsers> {
    const come = (cookie: string) => connect(`ws://127.0.0.1:${port}/ws/chat`, { protocol: 'chat.v1', cookie })
    const [speaker, listener] = [await come(cookies[0]), await come(cookies[1])]
    // A guest makes three rooms at once: each of them makes half.
    for (const room of rooms.slice(0, 3)) await speaker.open(room)
    for (const room of rooms) await listener.open(room)
    for (const room of rooms.slice(3)) await speaker.open(room)
    const ordinaryUsers = new OrdinaryUsers(speaker, listener)
    ordinaryUsers.#talking = ordinaryUsers.#talk()
    // Somebody waits for it at the end; a failure before that must not end the process.
    ordinaryUsers.#talking.catch(() => {})
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
  async talkOn(count: number): Promise<void> {
    const end = this.count + count
    while (this.count < end) await Promise.race([this.#talking, setTimeout(paceMs)])
  }

  /** Lets them end their talk. @throws Error when an answer did not come, or a line was cut */
  async stop(): Promise<void> {
    this.#isDone = true
    await this.#talking
    await this.#speaker.close()
    await this.#listener.close()
  }

  async #talk(): Promise<void> {
    for (let i = 0; !this.#isDone; i++) {
      await this.#exchange(rooms[i % rooms.length] as string, `message ${i}`)
      await setTimeout(paceMs)
    }
  }

  /** One says something, hears that it is stored, and the other hears it. */
  async #exchange(room: string, data: string): Promise<void> {
    const begun = performance.now()
    const id = await this.#speaker.say(room, data)
    const heard = await this.#listener.next('chat')
    if (heard.room !== room || heard.id !== id || heard.data !== data) {
      throw new Error(`${JSON.stringify(heard)} came in the place of ${id} in ${room}.`)
    }
    this.#delaysMs.push(performance.now() - begun)
  }
}
