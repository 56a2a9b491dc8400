/** A Redis server of the tests' own, on a free port, which can be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { freePort, isListening } from '../run/free-ports.ts'
import { redis } from '../run/tools.ts'
import type { Certificates } from './certificates.ts'

const lookEveryMs = 20

interface Options {
  /** The server then speaks TLS only. */
  tls?: Certificates
  /** What is asked of clients. */
  password?: string
  /** A user beside the default one. */
  user?: { name: string; password: string }
  /** The port of the server that this one follows. */
  replicaOf?: number
}

export class RedisServer {
  readonly port: number
  readonly #options: Options
  #process: ChildProcess | undefined

  private constructor(port: number, options: Options) {
    this.port = port
    this.#options = options
  }

  static async start(options: Options = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options)
    await server.start()
    return server
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** Without a password. */
  get url(): string {
    return `${this.#options.tls ? 'rediss' : 'redis'}://127.0.0.1:${this.port}`
  }

  /** Again, on the same port, without anything that it knew. */
  async start(): Promise<void> {
    const words = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...this.#words()]
    const child = spawn(redis(), words, { stdio: 'ignore', cwd: tmpdir() })
    this.#process = child
    while (!(await isListening(this.port))) {
      if (child.exitCode !== null) throw new Error('Redis does not start.')
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
    }
  }

  #words(): string[] {
    const { tls, password, user, replicaOf } = this.#options
    const port = String(this.port)
    return [
      ...(tls ? ['--port', '0', '--tls-port', port, '--tls-auth-clients', 'no'] : ['--port', port]),
      ...(tls
        ? ['--tls-ca-cert-file', tls.authority, '--tls-cert-file', tls.certificate, '--tls-key-file', tls.key]
        : []),
      ...(password ? ['--requirepass', password] : []),
      ...(user ? ['--user', user.name, 'on', `>${user.password}`, '~*', '&*', '+@all'] : []),
      // Without a file of the data.
      ...(replicaOf ? ['--replicaof', '127.0.0.1', String(replicaOf), '--repl-diskless-load', 'swapdb'] : []),
    ]
  }

  async kill(): Promise<void> {
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}
