/** A server as a process of its own, and what it costs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../test/support/run/free-ports.ts'
import { loadedServer } from '../test/support/server/program.ts'
import type { ProbeReport } from './probe.ts'

export interface ServerProgram {
  /** The file that Node runs. */
  file: string
  environment?: Record<string, string>
  /** Whether it tells about itself. */
  hasProbe?: boolean
}

const patienceMs = 30_000
const pageBytes = 4_096

export class ServerProcess {
  /** 0 until it has listened once; later starts take the same port. */
  port = 0
  /** Between its first word and being told to stop: connections that are lost meanwhile were lost by a fault. */
  isMeantToRun = false
  readonly dataDir: string
  readonly #program: ServerProgram
  readonly #ownsFolder: boolean
  #child: ChildProcess | undefined

  constructor(program: ServerProgram, dataDir?: string) {
    this.#program = program
    this.#ownsFolder = dataDir === undefined
    this.dataDir = dataDir ?? mkdtempSync(join(tmpdir(), 'teahouse-bench-'))
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Resolves when it says that it listens. */
  async start(): Promise<void> {
    this.port ||= await freePort()
    const flags = process.env.BENCH_NODE_FLAGS?.split(' ') ?? []
    const probe = this.#program.hasProbe ? ['--import', join(import.meta.dirname, 'probe.ts')] : []
    const child = spawn(process.execPath, [...flags, ...probe, this.#program.file], {
      env: {
        ...loadedServer(this.port, this.dataDir),
        MAX_CONNECTIONS: '100000',
        ...this.#program.environment,
      },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    this.#child = child
    running.add(child)
    child.once('exit', () => running.delete(child))
    const tooLate = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    if (!child.stdout) throw new Error('The server has no output.')
    for await (const line of createInterface(child.stdout)) {
      const [, port] = /^listening on http:\/\/.*:(\d+)$/.exec(line) ?? []
      if (!port) continue
      clearTimeout(tooLate)
      this.port = Number(port)
      this.isMeantToRun = true
      child.stdout.resume()
      return
    }
    throw new Error(`${this.#program.file} does not start.`)
  }

  /** What it says about itself: only of a server that was started with the probe. */
  async report(): Promise<ProbeReport> {
    const child = this.#child
    if (!child) throw new Error('There is nobody to ask.')
    const answer = once(child, 'message')
    child.send('report')
    const [report] = await answer
    return report as ProbeReport
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child
    this.isMeantToRun = false
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    const tooLate = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    await ended
    clearTimeout(tooLate)
  }

  /** Stops it, and removes its data if they were made for it. */
  async end(): Promise<void> {
    await this.stop()
    if (this.#ownsFolder) rmSync(this.dataDir, { recursive: true, force: true })
  }

  /** The time that all its threads have spent on a processor, in user and in kernel mode, in microseconds. */
  cpuMicroseconds(): number {
    return cpuMicrosecondsOf(this.pid)
  }

  residentBytes(): number {
    return Number(readFileSync(`/proc/${this.pid}/statm`, 'utf8').split(' ')[1]) * pageBytes
  }
}

export function cpuMicrosecondsOf(pid: number): number {
  const tasks = `/proc/${pid}/task`
  let nanoseconds = 0
  for (const thread of readdirSync(tasks)) {
    nanoseconds += Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ')[0])
  }
  return nanoseconds / 1000
}

/** Nothing that was started outlives this process. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
