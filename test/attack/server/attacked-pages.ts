/** A server in a process of its own, a user who reads its pages, and what an attack did to both. */
import { readdirSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { ServerProcess } from '../../proof/server.ts'
import { patienceMs } from '../../support/run/timeouts.ts'
import type { Cleanup } from '../../support/server/server.ts'
import type { Tally } from '../battery.ts'
import { PageReader } from '../http/page-reader.ts'
import { requestOf, sendRaw } from '../http/raw.ts'

const megabyte = 1024 * 1024
const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

export class AttackedPages {
  readonly #server: ServerProcess
  readonly #reader: PageReader
  readonly #filesBefore: number
  readonly #bytesBefore: number
  readonly #watch: NodeJS.Timeout
  #maxBytes = 0

  private constructor(server: ServerProcess) {
    this.#server = server
    this.#reader = new PageReader(server.port)
    this.#filesBefore = this.#openFiles()
    this.#bytesBefore = server.usage().residentBytes
    this.#watch = setInterval(() => this.#look(), 50)
  }

  static async open(t: Cleanup): Promise<AttackedPages> {
    const server = await ServerProcess.start()
    t.onTestFinished(() => server[Symbol.asyncDispose]())
    // What the first requests open, such as the database for reading, stays open.
    await sendRaw(server.port, requestOf('POST', '/signin', form, 'name=First'))
    for (const path of ['/healthz', '/signin']) await sendRaw(server.port, requestOf('GET', path))
    const attacked = new AttackedPages(server)
    t.onTestFinished(() => clearInterval(attacked.#watch))
    return attacked
  }

  get port(): number {
    return this.#server.port
  }

  /** Adds to the tally what was harmed. @param maxGrowth of resident memory, in megabytes, at any time */
  async judge({ failed, notes }: Tally, maxGrowth: number): Promise<void> {
    clearInterval(this.#watch)
    await this.#reader.stop()
    failed.push(...this.#reader.failures, ...this.#server.unasked.map((how) => `The server ${how}.`))
    failed.push(...this.#server.errors.filter((line) => line.startsWith('{')).map((line) => `The server said: ${line}`))
    const growth = Math.round((this.#maxBytes - this.#bytesBefore) / megabyte)
    if (growth > maxGrowth) failed.push(`The server grew by ${growth} MB.`)
    if (this.#server.isRunning && !(await this.#areFilesClosed()))
      failed.push(`${this.#openFiles()} files are open, of ${this.#filesBefore} before.`)
    notes.push(
      `${growth} MB more at most; an ordinary user had ${this.#reader.count} answers, in ${Math.round(this.#reader.longestMs)} ms at most`,
    )
  }

  #look(): void {
    if (this.#server.isRunning) this.#maxBytes = Math.max(this.#maxBytes, this.#server.usage().residentBytes)
  }

  /** Files and connections. */
  #openFiles(): number {
    return readdirSync(`/proc/${this.#server.pid}/fd`).length
  }

  async #areFilesClosed(): Promise<boolean> {
    for (const end = performance.now() + patienceMs; performance.now() < end; await setTimeout(50)) {
      if (this.#openFiles() <= this.#filesBefore) return true
    }
    return false
  }
}
