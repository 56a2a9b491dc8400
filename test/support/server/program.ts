/** The server as a process with an environment, two output streams, signals and an exit code. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { compileCache } from '../run/environment.ts'
import type { Cleanup } from './server.ts'

export const root = join(import.meta.dirname, '../../..')
export const main = join(root, 'src/server/main.ts')

/** The environment of a server that is measured or put under load: production, on loopback, without rate limits. */
export function loadedServer(port: number, dataDir: string): Record<string, string | undefined> {
  return {
    ...process.env,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: dataDir,
    RATE_LIMITS: 'off',
    LOG_LEVEL: 'error',
  }
}

export interface Ending {
  code: number | null
  stdout: string
  stderr: string
}

export class Program {
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''
  /** Resolves when the process has ended and all of its output has been read. */
  readonly ended: Promise<Ending>

  constructor(child: ChildProcess, isErrorRead = true) {
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text
    })
    if (isErrorRead) {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.#stderr += text
      })
    }
    this.ended = once(child, 'close').then(([code]) => ({ code, stdout: this.#stdout, stderr: this.#stderr }))
  }

  /** The URL, once the server prints it. */
  async url(): Promise<string> {
    const ended = this.ended.then(({ code, stderr }) => {
      throw new Error(`It ended with ${code}: ${stderr}`)
    })
    // Callers that wait for the end get the error there.
    ended.catch(() => {})
    for (;;) {
      const [, url] = /^listening on (http:\/\/\S+)\n/m.exec(this.#stdout) ?? []
      if (url) return url
      await Promise.race([once(this.#child.stdout as NonNullable<ChildProcess['stdout']>, 'data'), ended])
    }
  }

  /** The first line on standard error that fits, once it is there. */
  async logged(fits: RegExp): Promise<string> {
    for (;;) {
      const line = this.#stderr.split('\n').find((line) => fits.test(line))
      if (line !== undefined) return line
      await once(this.#child.stderr as NonNullable<ChildProcess['stderr']>, 'data')
    }
  }

  /** The first line on standard output. */
  async firstLine(): Promise<string> {
    while (!this.#stdout.includes('\n')) {
      await once(this.#child.stdout as NonNullable<ChildProcess['stdout']>, 'data')
    }
    return this.#stdout.split('\n', 1)[0] ?? ''
  }

  /** Stops reading standard error for good: writing to it fails with EPIPE. */
  hangUp(): void {
    this.#child.stderr?.destroy()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}

interface RunOptions {
  cwd?: string | undefined
  command?: string[]
  /** Standard output and standard error: pipes that are read, unless it is said what else. */
  stdio?: StdioOptions
  isErrorRead?: boolean
  /** The system user, by default that of the test. */
  uid?: number
}

/** Starts `node src/server/main.ts` with these settings and no others. */
export function run(t: Cleanup, settings: Record<string, string>, options: RunOptions = {}): Program {
  const { cwd = root, command = [process.execPath, main], stdio = ['ignore', 'pipe', 'pipe'] } = options
  const env = { PATH: process.env.PATH ?? '', ...compileCache(), ...settings }
  const child = spawn(command[0] as string, command.slice(1), {
    env,
    cwd,
    stdio,
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  })
  const program = new Program(child, options.isErrorRead)
  t.onTestFinished(async () => {
    child.kill('SIGKILL')
    await program.ended
  })
  return program
}
