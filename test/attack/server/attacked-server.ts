/** The attacked server in a process of its own, ordinary users who chat, and what the attacks did to both. */
import { connect } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { ServerProcess } from '../../proof/server.ts'
import { signIn } from '../../support/clients/sign-in.ts'
import { patienceMs } from '../../support/run/timeouts.ts'
import type { Cleanup } from '../../support/server/server.ts'
import type { Tally } from '../battery.ts'
import { OrdinaryUsers } from './ordinary-users.ts'
import { type Inside, probeFile } from './probe.ts'

const megabyte = 1024 * 1024
const lookEveryMs = 50
/** What is kept for good may not grow with the number of attacks. */
const maxHeldBytes = 4 * megabyte

const program = [
  '--expose-gc',
  ...['--import', join(import.meta.dirname, 'probe.ts')],
  join(import.meta.dirname, '../../../src/server/main.ts'),
]

interface AttackedServerOptions {
  /** On by default. */
  areLimitsOn?: boolean
  /** The name of the owner. */
  owner?: string
}

/** The ids of those who are not to be harmed: they came first. */
export const ordinaryUserIds = [1, 2]

const opened = new WeakMap<Cleanup, ServerProcess[]>()

/** @returns what the servers of a battery logged as errors */
export function errorsOf(t: Cleanup): string[] {
  return (opened.get(t) ?? []).flatMap(({ errors }) => errors)
}

export class AttackedServer {
  readonly ownersCookie: string
  readonly #server: ServerProcess
  readonly #ordinaryUsers: OrdinaryUsers
  #before: Inside | undefined
  #firstBytes = 0
  #maxBytes = 0
  readonly #watch: NodeJS.Timeout

  private constructor(server: ServerProcess, ordinaryUsers: OrdinaryUsers, ownersCookie = '') {
    this.#server = server
    this.ownersCookie = ownersCookie
    this.#ordinaryUsers = ordinaryUsers
    this.#watch = setInterval(() => this.#look(), lookEveryMs)
  }

  static async open(t: Cleanup, { areLimitsOn = true, owner }: AttackedServerOptions = {}): Promise<AttackedServer> {
    const server = await ServerProcess.start({ program, environment: { RATE_LIMITS: areLimitsOn ? 'on' : 'off' } })
    t.onTestFinished(() => server[Symbol.asyncDispose]())
    opened.set(t, [...(opened.get(t) ?? []), server])
    const cookies = [await signIn(server.url, 'Anna'), await signIn(server.url, 'Bo')] as [string, string]
    const ownersCookie = owner && (await signIn(server.url, owner))
    if (owner) await crown(server, owner)
    const attacked = new AttackedServer(server, await OrdinaryUsers.start(server.port, cookies), ownersCookie)
    t.onTestFinished(() => clearInterval(attacked.#watch))
    return attacked
  }

  get port(): number {
    return this.#server.port
  }

  /** @returns the cookie of a session */
  signIn(name: string): Promise<string> {
    return signIn(this.#server.url, name)
  }

  /** Resolves when the ordinary users have exchanged a few more messages: the server goes on, and has been looked at. */
  async goesOn(): Promise<void> {
    await this.#ordinaryUsers.waitForMessages(10)
  }

  /** What is there now is what should be there in the end. To be called when the attack has been tried once, and is warm. */
  async begin(): Promise<void> {
    this.#before = await this.#inside()
    this.#firstBytes = this.#maxBytes = this.#server.usage().residentBytes
  }

  /** Resolves when the server has let go of everybody who attacked it, or does not. */
  async settle(): Promise<void> {
    await this.#atRest()
  }

  /**
   * Adds to the tally what the attacks did to the server and to the ordinary users.
   * @param maxGrowth by how many megabytes its resident memory may have grown, at any time
   */
  async judge({ failed, notes }: Tally, maxGrowth = 128): Promise<void> {
    clearInterval(this.#watch)
    await this.#ordinaryUsers
      .stop()
      .catch((error: Error) => failed.push(`An ordinary user was affected: ${error.message}`))
    failed.push(...this.#server.unasked.map((how) => `The server ${how}.`))
    failed.push(...this.#server.errors.map((line) => `The server said: ${line}`))
    if (!this.#server.isRunning) return
    const growth = this.#maxBytes - this.#firstBytes
    if (growth > maxGrowth * megabyte) failed.push(`The server grew by ${inMegabytes(growth)}.`)
    const after = await this.#atRest()
    failed.push(...this.#faultsIn(after))
    notes.push(
      `memory: ${inMegabytes(this.#firstBytes)} before, ${inMegabytes(growth)} more at most, ${inMegabytes(this.#heldMore(after))} more kept`,
      `ordinaryUsers: ${this.#ordinaryUsers.count} messages, each heard, in ${Math.round(this.#ordinaryUsers.longestMs)} ms at most`,
    )
  }

  #look(): void {
    if (this.#server.isRunning) this.#maxBytes = Math.max(this.#maxBytes, this.#server.usage().residentBytes)
  }

  #heldMore({ heldBytes }: Inside): number {
    return heldBytes - (this.#before?.heldBytes ?? 0)
  }

  #faultsIn(after: Inside): string[] {
    const { sockets, prototypeKeys } = this.#before ?? after
    const faults: string[] = []
    if (after.sockets > sockets) faults.push(`${after.sockets} sockets are left of ${sockets} before.`)
    if (after.prototypeKeys.join() !== prototypeKeys.join()) faults.push(`Every object has ${after.prototypeKeys}.`)
    if (this.#heldMore(after) > maxHeldBytes) faults.push(`${inMegabytes(this.#heldMore(after))} more are kept.`)
    return faults
  }

  /** Looks until all is as it was before: the server may still be closing the sockets of those who attacked. */
  async #atRest(): Promise<Inside> {
    const end = performance.now() + patienceMs
    for (;;) {
      const inside = await this.#inside()
      if (this.#faultsIn(inside).length === 0 || performance.now() > end) return inside
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    }
  }

  async #inside(): Promise<Inside> {
    return JSON.parse(await text(connect(join(this.#server.dataDir, probeFile))))
  }
}

/** Makes a signed-in user the owner. The server must not be running. */
async function crown(server: ServerProcess, owner: string): Promise<void> {
  await server.kill('SIGTERM')
  const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'))
  database.prepare("update users set role = 'owner' where name = ?").run(owner)
  database.close()
  await server.start()
}

function inMegabytes(bytes: number): string {
  return `${(bytes / megabyte).toFixed(1)} MB`
}
