/** A real S3 store of the tests' own: OpenStack Swift with its S3 API, on free ports of loopback and in a temporary folder. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { S3Client } from '../../../src/server/files/bytes/s3-client.ts'
import type { S3Config } from '../../../src/server/files/bytes/s3-config.ts'
import { freePort, isListening } from '../run/free-ports.ts'
import { swift } from '../run/tools.ts'

const parts = ['account', 'container', 'object'] as const
const readyMs = 60_000
const lookEveryMs = 50

const proxySettings = `
[pipeline:main]
pipeline = catch_errors cache s3api tempauth slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_tea_house = secret .admin
user_tea_guest = secret
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
`

const ringProgram = `
import json, sys
from swift.common.ring import RingBuilder
for name, port in json.loads(sys.argv[1]):
    builder = RingBuilder(2, 1, 1)
    builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': port, 'device': 'disk', 'weight': 1})
    builder.rebalance()
    builder.get_ring().save(name + '.ring.gz')
`

export class S3Server {
  readonly #folder: string
  readonly #ports: Record<string, number>
  readonly #processes = new Map<string, ChildProcess>()

  private constructor(folder: string, ports: Record<string, number>) {
    this.#folder = folder
    this.#ports = ports
  }

  static async start(): Promise<S3Server> {
    const folder = mkdtempSync(join(tmpdir(), 'swift-'))
    const names = [...parts, 'proxy']
    const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()] as const)))
    const server = new S3Server(folder, ports)
    mkdirSync(join(folder, 'devices', 'disk'), { recursive: true })
    server.#makeRings()
    for (const part of parts)
      server.#run(part, `[pipeline:main]\npipeline = ${part}-server\n[app:${part}-server]\nuse = egg:swift#${part}\n`)
    server.#run('proxy', proxySettings)
    await server.#ready(names)
    return server
  }

  /** @returns a place in a new bucket, and the settings that name it */
  async newBucket(): Promise<{ config: S3Config; settings: Record<string, string> }> {
    const config: S3Config = {
      endpoint: `http://127.0.0.1:${this.#ports.proxy}`,
      bucket: `teahouse-${Math.random().toString(36).slice(2)}`,
      region: 'us-east-1',
      accessKeyId: 'tea:house',
      secretAccessKey: 'secret',
    }
    const client = new S3Client(config)
    for await (const _ of await client.ask({ method: 'PUT' })); // an empty answer
    client.close()
    const settings = {
      S3_ENDPOINT: config.endpoint,
      S3_BUCKET: config.bucket,
      S3_ACCESS_KEY_ID: config.accessKeyId,
      S3_SECRET_ACCESS_KEY: config.secretAccessKey,
    }
    return { config, settings }
  }

  /** Nobody can reach the store any more. What it has, it keeps. */
  async interrupt(): Promise<void> {
    await this.#kill('proxy')
  }

  async resume(): Promise<void> {
    this.#run('proxy', proxySettings)
    await this.#ready(['proxy'])
  }

  async stop(): Promise<void> {
    for (const name of this.#processes.keys()) await this.#kill(name)
    rmSync(this.#folder, { recursive: true })
  }

  /** What `swift-ring-builder` does, with one start of Python for all three. */
  #makeRings(): void {
    const interpreter = /^#! *(\S+)/.exec(readFileSync(join(dirname(swift()), 'swift-ring-builder'), 'utf8'))?.[1] ?? ''
    const rings = JSON.stringify(parts.map((part) => [part, this.#ports[part]]))
    execFileSync(interpreter, ['-c', ringProgram, rings], { cwd: this.#folder, stdio: 'ignore' })
  }

  #run(name: string, settings: string): void {
    const file = join(this.#folder, `${name}.conf`)
    const common = `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${this.#ports[name]}
user = ${userInfo().username}
swift_dir = ${this.#folder}
devices = ${join(this.#folder, 'devices')}
mount_check = false
workers = 0
`
    writeFileSync(file, common + settings)
    const program = join(dirname(swift()), `swift-${name}-server`)
    this.#processes.set(name, spawn(program, [file], { cwd: this.#folder, stdio: 'ignore' }))
  }

  async #ready(names: string[]): Promise<void> {
    const until = Date.now() + readyMs
    for (const name of names) {
      while (!(await isListening(this.#ports[name] ?? 0))) {
        if (this.#processes.get(name)?.exitCode != null || Date.now() > until)
          throw new Error(`Swift's ${name} server does not start.`)
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
      }
    }
  }

  async #kill(name: string): Promise<void> {
    const child = this.#processes.get(name)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}
