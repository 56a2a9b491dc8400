/** A PostgreSQL server of the tests' own, in a temporary folder, on a socket there: it takes no port. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client } from 'pg'
import { postgres } from './tools.ts'

const user = 'postgres'
const readyMs = 60_000

/** PostgreSQL refuses to run as root. */
const asUser = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}

export class PostgresServer {
  readonly #folder: string
  #process: ChildProcess
  readonly #start: () => ChildProcess
  #databases = 0
  readonly #created = new Set<string>()
  /** The template of a new database, by default an empty one. */
  readonly #originals = new Map<string, string>()

  private constructor(folder: string, start: () => ChildProcess) {
    this.#folder = folder
    this.#start = start
    this.#process = start()
  }

  /** @param isDurable as an operator has it: each commit is synced */
  static async start({ isDurable = false } = {}): Promise<PostgresServer> {
    letThrough(tmpdir())
    const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
    const data = join(folder, 'data')
    mkdirSync(data)
    for (const path of [folder, data]) {
      if (asUser.uid !== undefined) chownSync(path, asUser.uid, asUser.gid)
      chmodSync(path, 0o700)
    }
    const program = postgres()
    const options = { stdio: 'ignore', cwd: folder, ...asUser } as const
    execFileSync(
      join(dirname(program), 'initdb'),
      ['-D', data, '-U', user, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      options,
    )
    // The data need not survive the tests.
    const fast = ['fsync=off', 'full_page_writes=off', 'autovacuum=off']
    const place = ['listen_addresses=', `unix_socket_directories=${folder}`]
    const settings = isDurable ? place : [...fast, ...place]
    const started = new PostgresServer(folder, () =>
      spawn(program, ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], options),
    )
    await started.#ready()
    return started
  }

  /** The URL of a new database, which `create` makes. @param original the URL of one that nobody is connected to */
  newDatabase(original?: string): string {
    const url = this.#url(`test_${++this.#databases}`)
    if (original) this.#originals.set(url, original)
    return url
  }

  /** Creates the database once. @param template of a database that is no copy */
  async create(url: string, template?: string): Promise<void> {
    if (this.#created.has(url)) return
    this.#created.add(url)
    const original = this.#originals.get(url) ?? template
    // Copies files, which costs less than the other strategy writes to the log.
    const like = original ? `template ${nameOf(original)} strategy file_copy` : ''
    await this.#administer(`create database ${nameOf(url)} ${like}`)
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** Where it listens. */
  get socket(): string {
    return join(this.#folder, '.s.PGSQL.5432')
  }

  /** Ends at once, as by a crash, or ends its connections first. After SIGKILL its children end when they notice. */
  async end(signal: 'SIGKILL' | 'SIGQUIT' | 'SIGINT'): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.#process.kill(signal)
    await once(this.#process, 'exit')
  }

  /** Starts again after it has ended, with the same data. */
  async startAgain(): Promise<void> {
    const end = Date.now() + readyMs
    for (;;) {
      this.#process = this.#start()
      try {
        return await this.#ready()
      } catch (error) {
        // Children of a server that was killed are still there: it refuses to start beside them.
        if (Date.now() > end || this.#process.exitCode === null) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }

  /** One statement, as the superuser. */
  async query<Row>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(sql, values)).rows
    } finally {
      await client.end()
    }
  }

  /** Keeps the data as they are now, for `restoreData`. Ends the server for a moment. */
  async keepData(): Promise<void> {
    await this.end('SIGINT')
    execFileSync('cp', ['-a', join(this.#folder, 'data'), join(this.#folder, 'kept')])
    await this.startAgain()
  }

  /** A server takes over that has only what was kept, as a standby that was behind or a restored backup. */
  async restoreData(): Promise<void> {
    await this.end('SIGQUIT')
    const data = join(this.#folder, 'data')
    rmSync(data, { recursive: true })
    execFileSync('cp', ['-a', join(this.#folder, 'kept'), data])
    await this.startAgain()
  }

  async stop(): Promise<void> {
    // Ends the connections that are left, and does not wait for their clients.
    await this.end('SIGINT')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #url(database: string): string {
    return `postgres://${user}@localhost/${database}?host=${encodeURIComponent(this.#folder)}`
  }

  async #ready(): Promise<void> {
    const end = Date.now() + readyMs
    for (;;) {
      try {
        return await this.#administer('select 1')
      } catch (error) {
        if (Date.now() > end || this.#process.exitCode !== null) throw error
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }

  async #administer(sql: string): Promise<void> {
    const client = new Client({ connectionString: this.#url('postgres') })
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

/** The tests' own folder is for their user alone: PostgreSQL's has to get to its own in there. */
function letThrough(folder: string): void {
  const isPrivate = (statSync(folder).mode & 0o077) === 0
  if (asUser.uid !== undefined && isPrivate) chmodSync(folder, 0o711)
}

function idOf(option: '-u' | '-g'): number {
  return Number(execFileSync('id', [option, user], { encoding: 'utf8' }))
}
