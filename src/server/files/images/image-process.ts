/** The process for images, as the server sees it: it is started with limits, has one job at a time, and may end at any time. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { ImageLimits, Job, Outcome } from './contract.ts'

/** V8 reserves what it never uses, and the limit of the kernel counts it. */
const reservedBytes = 1024 ** 3
/** The unit of `ulimit -f`. */
const blockBytes = 512
const maxStderrBytes = 2_000

/** How it ended. */
export interface Ending {
  state: 'ended'
  reason: string
  /** The last of what it wrote to standard error. */
  output: string
}

export class ImageProcess {
  readonly #limits: ImageLimits
  readonly #child: ChildProcess
  readonly #ended: Promise<Ending>
  #output = ''

  constructor(limits: ImageLimits) {
    const { promise, resolve } = Promise.withResolvers<Ending>()
    this.#ended = promise
    this.#limits = limits
    this.#child = start(limits)
    this.#child.once('error', ({ message }) => resolve({ state: 'ended', reason: 'not-started', output: message }))
    this.#child.once('close', (code, signal) =>
      resolve({ state: 'ended', reason: signal ?? `exit-${code}`, output: this.#output }),
    )
    this.#child.stderr?.on('data', (text) => {
      this.#output = (this.#output + text).slice(-maxStderrBytes)
    })
    this.#rest()
  }

  get isAlive(): boolean {
    return this.#child.connected && !this.#child.killed
  }

  /** @returns when it has answered or ended, or has taken too long */
  async ask(job: Job): Promise<Outcome | Ending> {
    this.#child.ref()
    this.#child.channel?.ref()
    const answered = Promise.withResolvers<Outcome>()
    this.#child.once('message', answered.resolve)
    // If it cannot be sent the process has ended, or ends now.
    this.#child.send(job, (error) => error && this.kill())
    const timeout = setTimeout(answered.resolve, this.#limits.jobMs, { state: 'exceeded', limit: 'time' })
    try {
      return await Promise.race([answered.promise, this.#ended])
    } finally {
      clearTimeout(timeout)
      this.#child.off('message', answered.resolve)
      this.#rest()
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async killed(): Promise<void> {
    this.kill()
    this.#child.ref()
    await this.#ended
  }

  /** The server may end while this one waits for a job. */
  #rest(): void {
    this.#child.unref()
    this.#child.channel?.unref()
    if (this.#child.stderr instanceof Socket) this.#child.stderr.unref()
  }
}

function start(limits: ImageLimits): ChildProcess {
  const words = [fileURLToPath(new URL('./process/main.ts', import.meta.url)), JSON.stringify(limits)]
  const options: SpawnOptions = {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: environment(),
    serialization: 'advanced',
  }
  if (process.platform === 'win32') return spawn(process.execPath, words, options)
  // The shell becomes nice, which becomes Node: all of its threads have a lower priority, and one id. The lowest would be too low:
  // on a machine that other programs keep busy, no image would ever be taken in.
  const dataKib = Math.ceil((limits.memoryBytes + reservedBytes) / 1024)
  const fileBlocks = Math.ceil(limits.fileBytes / blockBytes)
  const script = `ulimit -c 0; ulimit -d ${dataKib}; ulimit -f ${fileBlocks}; exec nice -n 10 "$0" "$@"`
  return spawn('/bin/sh', ['-c', script, process.execPath, ...words], options)
}

/** Nothing of the server's, which has secrets. libvips keeps pixels in memory, not in files that stay when it is killed. */
function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    MALLOC_ARENA_MAX: '2',
    UV_THREADPOOL_SIZE: '2',
    NODE_DISABLE_COMPILE_CACHE: '1',
    VIPS_DISC_THRESHOLD: '4g',
  }
}
