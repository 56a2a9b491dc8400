/** The real server as a separate process, which can be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../support/run/free-ports.ts'
import { patienceMs } from '../support/run/timeouts.ts'
import { loadedServer } from '../support/server/program.ts'
import { atExit } from './cleanup.ts'

const pageBytes = 4096
const ticksPerSecond = 100

export interface ServerOptions {
  /** What Node runs, instead of the server itself. */
  program?: string[]
  environment?: Record<string, string>
  /** A folder that the caller creates and removes. */
  dataDir?: string
}

/** How `unasked` says so. */
export const endedByItself = 'ended by itself'

const entry = join(import.meta.dirname, '../../src/server/main.ts')

export class ServerProcess implements AsyncDisposable {
  readonly dataDir: string
  readonly port: number
  /** Times it ended without having been told to. */
  unasked: string[] = []
  readonly #options: ServerOptions
  readonly #removeFolder: () => void
  #child: ChildProcess | undefined
  #ended: Promise<number | string> = Promise.resolve(0)
  #isAsked = false
  #errors: string[] = []
  readonly #owner = Promise.withResolvers<string>()

  private constructor(options: ServerOptions, port: number) {
    this.#options = options
    this.port = port
    this.dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'teahouse-proof-'))
    this.#removeFolder = atExit(() => {
      if (!options.dataDir) rmSync(this.dataDir, { recursive: true, force: true })
    })
  }

  static async start(options: ServerOptions = {}): Promise<ServerProcess> {
    const server = new ServerProcess(options, await freePort())
    try {
      await server.start()
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Its logged errors and other output on stderr. */
  get errors(): readonly string[] {
    return this.#errors
  }

  /** What makes its user the owner, once it is said. */
  get ownerLink(): Promise<string> {
    return this.#owner.promise
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  /** Resolves when it listens, on the same port as before. */
  async start(): Promise<void> {
    const { program = [entry], environment } = this.#options
    const child = spawn(process.execPath, program, {
      env: { ...loadedServer(this.port, this.dataDir), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    this.#isAsked = false
    const letGo = atExit(() => child.kill('SIGKILL'))
    const said = lines(child)
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        letGo()
        this.#child = undefined
        if (!this.#isAsked) this.unasked.push(`${endedByItself} with ${signal ?? code}`)
        resolve(signal ?? code ?? 0)
      })
    })
    const ready = Promise.withResolvers<void>()
    said.on((line) => {
      // Said until there is an owner, and no error.
      const link = /^become the owner of this teahouse: (.*)$/.exec(line)?.[1]
      if (link) return this.#owner.resolve(link)
      if (!/^listening on http:\/\//.test(line)) return this.#errors.push(line)
      ready.resolve()
    })
    const tooLate = setTimeout(() => ready.reject(new Error('The server does not start.')), patienceMs)
    void this.#ended.then((how) =>
      ready.reject(new Error(`The server ended with ${how}: ${this.#errors.slice(-5).join('\n')}`)),
    )
    await ready.promise.finally(() => clearTimeout(tooLate))
  }

  /** @returns the exit code, or the signal that ended it */
  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string> {
    this.#isAsked = true
    this.#child?.kill(signal)
    return await this.#ended
  }

  /** Stops it where it is, as a machine does that is suspended. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Resolves when it has ended, however that comes. */
  async ended(): Promise<number | string> {
    return await this.#ended
  }

  /** Resident memory and the processor time it has used, from /proc. */
  usage(): { residentBytes: number; cpuSeconds: number } {
    const pages = readFileSync(`/proc/${this.pid}/statm`, 'utf8').split(' ')[1]
    // The second field, the name, may contain spaces; fields 14 and 15 are the ticks in user and in system mode.
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    const ticks = Number(fields[11]) + Number(fields[12])
    return { residentBytes: Number(pages) * pageBytes, cpuSeconds: ticks / ticksPerSecond }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill('SIGKILL')
    this.#removeFolder()
  }
}

/** Both outputs of a process, line by line. */
function lines(child: ChildProcess): { on(listener: (line: string) => void): void } {
  return {
    on(listener) {
      for (const stream of [child.stdout, child.stderr]) {
        let rest = ''
        stream?.setEncoding('utf8').on('data', (text: string) => {
          const whole = (rest + text).split('\n')
          rest = whole.pop() ?? ''
          for (const line of whole) listener(line)
        })
      }
    },
  }
}
