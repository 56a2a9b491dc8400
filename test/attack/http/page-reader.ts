/** A user who signs in and reads pages during an attack, which must not affect them. */
import { setTimeout } from 'node:timers/promises'
import { requestOf, sendRaw } from './raw.ts'

const paceMs = 50
const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

export class PageReader {
  readonly failures: string[] = []
  count = 0
  longestMs = 0
  readonly #port: number
  readonly #reading: Promise<void>
  #isDone = false

  constructor(port: number) {
    this.#port = port
    this.#reading = this.#read()
  }

  async stop(): Promise<void> {
    this.#isDone = true
    await this.#reading
  }

  async #read(): Promise<void> {
    const questions: [status: number, bytes: Buffer][] = [
      [200, requestOf('GET', '/healthz')],
      [200, requestOf('GET', '/signin')],
      [303, requestOf('POST', '/signin', form, 'name=Anna')],
      [200, requestOf('GET', '/static/css/base.css')],
    ]
    while (!this.#isDone) {
      for (const [expected, bytes] of questions) {
        const began = performance.now()
        const status = await sendRaw(this.#port, bytes).then((answer) => answer.status, String)
        this.count++
        this.longestMs = Math.max(this.longestMs, performance.now() - began)
        if (status !== expected) this.failures.push(`an ordinary user had ${status} in place of ${expected}`)
        await setTimeout(paceMs)
      }
    }
  }
}
