/** A Redis server of the tests' own, on a free port, which can be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { freePort, isListening } from '../run/free-ports.ts'
import { redis } from '../run/tools.ts'

const lookEveryMs = 20

export class RedisServer {
  readonly port: number
  #process: ChildProcess | undefined

  private constructor(port: number) {
    this.port = port
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort())
    await server.start()
    return server
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Again, on the same port, without anything that it knew. */
  async start(): Promise<void> {
    const words = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    const child = spawn(redis(), words, { stdio: 'ignore', cwd: tmpdir() })
    this.#process = child
    while (!(await isListening(this.port))) {
      if (child.exitCode !== null) throw new Error('Redis does not start.')
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    }
  }

  async kill(): Promise<void> {
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}
