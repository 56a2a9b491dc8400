/** A PostgreSQL server of the tests' own, in a temporary folder, on a socket there: it takes no port. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { postgres } from '../run/tools.ts'

const user = 'postgres'
const readyMs = 60_000
const standbyName = 'standby'

/** PostgreSQL refuses to run as root. */
const asUser = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}

export class PostgresServer {
  readonly #folder: string
  readonly #isDurable: boolean
  #process: ChildProcess
  readonly #start: () => ChildProcess
  #databases = 0
  readonly #created = new Set<string>()
  /** The template of a new database, by default an empty one. */
  readonly #originals = new Map<string, string>()

  private constructor(folder: string, isDurable: boolean) {
    // The data need not survive the tests.
    const fast = ['fsync=off', 'full_page_writes=off', 'autovacuum=off']
    const place = ['listen_addresses=', `unix_socket_directories=${folder}`]
    const settings = isDurable ? place : [...fast, ...place]
    const words = ['-D', join(folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])]
    this.#folder = folder
    this.#isDurable = isDurable
    this.#start = () => spawn(postgres(), words, { stdio: 'ignore', cwd: folder, ...asUser })
    this.#process = this.#start()
  }

  /** @param isDurable as an operator has it: each commit is synced */
  static async start({ isDurable = false } = {}): Promise<PostgresServer> {
    const folder = newFolder()
    execFileSync(
      besidePostgres('initdb'),
      ['-D', join(folder, 'data'), '-U', user, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      { stdio: 'ignore', cwd: folder, ...asUser },
    )
    const started = new PostgresServer(folder, isDurable)
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

  /** @returns a server that has the same data, and follows this one */
  async standby(): Promise<PostgresServer> {
    const folder = newFolder()
    const data = join(folder, 'data')
    const source = `host=${this.#folder} user=${user} application_name=${standbyName}`
    const copy = ['-d', source, '-D', data, '--write-recovery-conf', '--checkpoint=fast', '--no-sync']
    await promisify(execFile)(besidePostgres('pg_basebackup'), copy, { cwd: folder, ...asUser })
    const standby = new PostgresServer(folder, this.#isDurable)
    await standby.#ready()
    return standby
  }

  /** From now on a commit waits until the standby has it on its disk. */
  async waitForStandby(): Promise<void> {
    await this.#administer(`alter system set synchronous_standby_names = '${standbyName}'`)
    await this.#administer('select pg_reload_conf()')
    await this.#becomesTrue(`select exists (select from pg_stat_replication where sync_state = 'sync')`)
  }

  /** Follows nobody any more, and so has nothing that is stored from now on. */
  async leaveBehind(): Promise<void> {
    await this.#administer(`alter system set primary_conninfo = ''`)
    await this.#administer('select pg_reload_conf()')
    await this.#becomesTrue('select not exists (select from pg_stat_wal_receiver)')
  }

  /** A standby becomes the primary. */
  async promote(): Promise<void> {
    await this.#administer('select pg_promote()')
    await this.#becomesTrue('select not pg_is_in_recovery()')
  }

  /** The same database as on another server. */
  urlLike(url: string): string {
    return this.#url(nameOf(url))
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

  async #becomesTrue(sql: string): Promise<void> {
    const end = Date.now() + readyMs
    for (;;) {
      const [row] = await this.query<Record<string, boolean>>(this.#url('postgres'), sql)
      if (Object.values(row ?? {})[0] === true) return
      if (Date.now() > end) throw new Error(`It does not become so: ${sql}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  async #administer(sql: string): Promise<void> {
    await this.query(this.#url('postgres'), sql)
  }
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

/** With the folder `data`, of PostgreSQL's user. */
function newFolder(): string {
  letThrough(tmpdir())
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  for (const path of [folder, data]) {
    if (asUser.uid !== undefined) chownSync(path, asUser.uid, asUser.gid)
    chmodSync(path, 0o700)
  }
  return folder
}

/** A link to PostgreSQL may stand where the others are not. */
function besidePostgres(program: string): string {
  return join(dirname(realpathSync(postgres())), program)
}

/** The tests' own folder is for their user alone: PostgreSQL's has to get to its own in there. */
function letThrough(folder: string): void {
  const isPrivate = (statSync(folder).mode & 0o077) === 0
  if (asUser.uid !== undefined && isPrivate) chmodSync(folder, 0o711)
}

function idOf(option: '-u' | '-g'): number {
  return Number(execFileSync('id', [option, user], { encoding: 'utf8' }))
}
