/** What is said when a service cannot be used, and what makes one usable. */
import { expect, it, onTestFinished } from 'vitest'
import { RedisBackplane } from '../../src/server/backplane/redis.ts'
import { connect as connectTo, patience } from '../../src/server/store/postgres/connection.ts'
import { nodesLock } from '../../src/server/store/postgres/lease.ts'
import { openPostgresStore } from '../../src/server/store/postgres/open.ts'
import { connect } from '../support/clients/client.ts'
import { run } from '../support/server/program.ts'
import { type Cleanup, identityOf, startServer, temporaryFolder } from '../support/server/server.ts'
import { makeCertificates } from '../support/services/certificates.ts'
import { RedisServer } from '../support/services/redis.ts'
import { ServiceProxy } from '../support/services/service-proxy.ts'
import { cluster, healthOf } from './nodes.ts'

const services = cluster()

/** Made when the test runs, once the services do. */
type Settings = (t: Cleanup) => Promise<Record<string, string>>

/** The whole of what the operator reads. */
async function refusal(t: Cleanup, settings: Record<string, string>): Promise<string> {
  const started = startServer(t, settings)
  const { message } = await started.then(
    () => new Error('It has started.'),
    (error: Error) => error,
  )
  expect(message.split('\n')).toHaveLength(1)
  return message
}

async function newDatabase(): Promise<string> {
  const url = services.postgres.newDatabase()
  await services.postgres.create(url)
  return url
}

/** With the tables. */
async function usedDatabase(): Promise<string> {
  const url = await newDatabase()
  await (await openPostgresStore(url)).close()
  return url
}

async function startRedis(options: Parameters<typeof RedisServer.start>[0]): Promise<RedisServer> {
  const redis = await RedisServer.start(options)
  onTestFinished(() => redis.kill())
  return redis
}

const postgresCases: [string, Settings, RegExp][] = [
  [
    'cannot be reached',
    async () => ({ DATABASE_URL: 'postgres://anna:s3cret@127.0.0.1:1/tea' }),
    /^DATABASE_URL: cannot use PostgreSQL at 127\.0\.0\.1:1\/tea: .*ECONNREFUSED.*\.$/,
  ],
  [
    'is too old',
    async (t) => {
      const url = await newDatabase()
      const [row] = await services.postgres.query<{ version: string }>(
        url,
        `select current_setting('server_version_num') as version`,
      )
      const version = row?.version ?? ''
      expect(Number(version)).toBeGreaterThanOrEqual(140_000)
      const older = (data: Buffer) => Buffer.from(data.toString('latin1').replace(version, '130012'), 'latin1')
      const proxy = await ServiceProxy.start(t, { path: services.postgres.socket }, { answered: older })
      return { DATABASE_URL: `postgres://postgres@127.0.0.1:${proxy.port}${new URL(url).pathname}` }
    },
    /^DATABASE_URL \(127\.0\.0\.1:\d+\/test_\d+\): PostgreSQL 13 is too old: it has to be 14 or newer\.$/,
  ],
  [
    'is a standby',
    async () => {
      const url = await usedDatabase()
      const standby = await services.postgres.standby()
      onTestFinished(() => standby.stop())
      return { DATABASE_URL: standby.urlLike(url) }
    },
    /^DATABASE_URL \(.*\/test_\d+\): the server is a standby: name the primary\.$/,
  ],
  [
    'can only be read',
    async () => {
      const url = await usedDatabase()
      const name = new URL(url).pathname.slice(1)
      await services.postgres.query(url, `alter database ${name} set default_transaction_read_only = on`)
      return { DATABASE_URL: url }
    },
    /^DATABASE_URL \(.*\/test_\d+\): the database is read-only: default_transaction_read_only is on\.$/,
  ],
  [
    'is being moved',
    async (t) => {
      const url = await usedDatabase()
      const mover = await connectTo(url, patience)
      t.onTestFinished(() => mover.end())
      await mover.query(`select pg_advisory_lock(${nodesLock})`)
      return { DATABASE_URL: url }
    },
    /^DATABASE_URL \(.*\/test_\d+\): the data is being moved: wait until that has ended\.$/,
  ],
  [
    'has data of a newer version',
    async () => {
      const url = await usedDatabase()
      await services.postgres.query(url, `update meta set value = '1000' where key = 'schema'`)
      return { DATABASE_URL: url }
    },
    /^DATABASE_URL \(.*\): the data was written by a newer version \(schema 1000, this program knows \d+\)\.$/,
  ],
  [
    'lets this user create no tables',
    async () => {
      const url = await newDatabase()
      await services.postgres.query(url, 'create role guest login')
      await services.postgres.query(url, 'revoke create on schema public from public')
      return { DATABASE_URL: url.replace('postgres@', 'guest@') }
    },
    /^DATABASE_URL: cannot use PostgreSQL at .*: permission denied for schema public\.$/,
  ],
]

it.for(postgresCases)('a PostgreSQL that %s is refused in one line', async ([, settings, reason], t) => {
  const message = await refusal(t, { ...(await settings(t)), REDIS_URL: services.redis.url })
  expect(message).toMatch(reason)
  expect(message).not.toContain('s3cret')
})

const redisCases: [string, Settings, RegExp][] = [
  [
    'cannot be reached',
    async () => ({ REDIS_URL: 'redis://:s3cret@127.0.0.1:1' }),
    /^REDIS_URL: cannot use Redis at 127\.0\.0\.1:1: .*ECONNREFUSED.*\.$/,
  ],
  [
    'does not answer',
    async (t) => {
      const proxy = await ServiceProxy.start(t, { host: '127.0.0.1', port: services.redis.port })
      proxy.silence()
      return { REDIS_URL: `redis://127.0.0.1:${proxy.port}` }
    },
    /^REDIS_URL: cannot use Redis at 127\.0\.0\.1:\d+: it does not answer\.$/,
  ],
  [
    'is too old',
    async (t) => {
      const version = /redis_version:\d+\.\d+/
      const older = (data: Buffer) =>
        Buffer.from(
          data.toString('latin1').replace(version, (text) => `redis_version:5.${'0'.repeat(text.length - 16)}`),
          'latin1',
        )
      const proxy = await ServiceProxy.start(t, { host: '127.0.0.1', port: services.redis.port }, { answered: older })
      return { REDIS_URL: `redis://127.0.0.1:${proxy.port}` }
    },
    /^REDIS_URL: cannot use Redis at 127\.0\.0\.1:\d+: Redis 5\.0+\.\S+ is too old: it has to be 6\.2 or newer\.$/,
  ],
  [
    'is a replica',
    async () => ({ REDIS_URL: (await startRedis({ replicaOf: services.redis.port })).url }),
    /^REDIS_URL: cannot use Redis at 127\.0\.0\.1:\d+: the server is a replica: name the primary\.$/,
  ],
  [
    'has another password',
    async () => {
      const { port } = await startRedis({ password: 'another' })
      return { REDIS_URL: `redis://:s3cret@127.0.0.1:${port}` }
    },
    /^REDIS_URL: cannot use Redis at 127\.0\.0\.1:\d+: WRONGPASS .*\.$/,
  ],
  [
    'asks for a password',
    async () => ({ REDIS_URL: (await startRedis({ password: 'another' })).url }),
    /^REDIS_URL: cannot use Redis at 127\.0\.0\.1:\d+: NOAUTH .*\.$/,
  ],
  [
    'has a certificate of an unknown authority',
    async (t) => ({ REDIS_URL: (await startRedis({ tls: makeCertificates(t) })).url }),
    /^REDIS_URL: cannot use Redis at 127\.0\.0\.1:\d+: self-signed certificate in certificate chain\.$/,
  ],
]

it.for(redisCases)('a Redis that %s is refused in one line', async ([, settings, reason], t) => {
  const message = await refusal(t, { DATABASE_URL: await newDatabase(), ...(await settings(t)) })
  expect(message).toMatch(reason)
  expect(message).not.toContain('s3cret')
})

it('a Redis that asks for a password is used with it', async (t) => {
  const { port } = await startRedis({ password: 'p@ss:word/' })
  const url = `redis://:${encodeURIComponent('p@ss:word/')}@127.0.0.1:${port}`
  const backplane = await RedisBackplane.open<string>(url, { channel: 'c' })
  t.onTestFinished(() => backplane.close())
  expect(backplane.fault).toBeUndefined()
})

const programCases: [string, Settings, RegExp][] = [
  [
    'PostgreSQL alone',
    async () => ({ DATABASE_URL: await newDatabase() }),
    /DATABASE_URL is set without REDIS_URL: set both, or neither/,
  ],
  [
    'Redis alone',
    async () => ({ REDIS_URL: services.redis.url }),
    /REDIS_URL is set without DATABASE_URL: set both, or neither/,
  ],
  [
    'a Redis that is not there',
    async () => ({ DATABASE_URL: await newDatabase(), REDIS_URL: 'redis://127.0.0.1:1' }),
    /^REDIS_URL: cannot use Redis at 127\.0\.0\.1:1: .*ECONNREFUSED.*\.$/m,
  ],
]

it.for(programCases)('a program that is given %s writes one line, and ends', async ([, settings, reason], t) => {
  const program = run(t, { PORT: '0', DATA_DIR: temporaryFolder(t), ...(await settings(t)) })
  const { code, stdout, stderr } = await program.ended
  expect({ code, stdout, lines: stderr.split('\n').length - 1 }, stderr).toEqual({ code: 1, stdout: '', lines: 1 })
  expect(stderr).toMatch(reason)
})

/** A program that knows the authority, as an operator gives it. */
async function startProgram(t: Cleanup, settings: Record<string, string>) {
  const url = await run(t, { PORT: '0', DATA_DIR: temporaryFolder(t), LOG_LEVEL: 'warn', ...settings }).url()
  return {
    url,
    async connect(name: string) {
      const headers = { accept: 'application/json' }
      const response = await fetch(`${url}/signin`, { method: 'POST', headers, body: new URLSearchParams({ name }) })
      const cookie = identityOf(response)
      const client = await connect(`${url.replace('http', 'ws')}/ws/chat`, { protocol: 'chat.v1', cookie })
      await client.open('lobby')
      return client
    },
  }
}

it('two nodes hear each other through a Redis with TLS, a user and a password', async (t) => {
  const tls = makeCertificates(t)
  const user = { name: 'teahouse', password: 'p@ss:word/' }
  const { port } = await startRedis({ tls, user, password: 'of the default user' })
  const settings = {
    DATABASE_URL: await newDatabase(),
    REDIS_URL: `rediss://${user.name}:${encodeURIComponent(user.password)}@127.0.0.1:${port}`,
    NODE_EXTRA_CA_CERTS: tls.authority,
  }
  const [a, b] = await Promise.all([startProgram(t, settings), startProgram(t, settings)])
  const [anna, bo] = [await a.connect('Anna'), await b.connect('Bo')]
  await anna.say('lobby', 'hello')
  expect((await bo.next('chat')).data).toBe('hello')
  // What is in no database comes through Redis only.
  anna.send({ type: 'typing', room: 'lobby' })
  expect(await bo.next('typing')).toMatchObject({ user: { name: 'Anna' } })
  for (const node of [a, b]) expect(await healthOf(node)).toEqual({ status: 200, body: { status: 'ok' } })
})

it('nodes of one channel hear each other, their own publications once and at once, and no other channel', async (t) => {
  const open = async (channel: string) => {
    const backplane = await RedisBackplane.open<string>(services.redis.url, { channel })
    t.onTestFinished(() => backplane.close())
    const heard: string[] = []
    backplane.subscribe((one) => heard.push(one))
    return { backplane, heard }
  }
  const [a, b, other] = [await open('one'), await open('one'), await open('other')]
  for (const text of ['1', '2', '3']) a.backplane.publish(text)
  expect(a.heard).toEqual(['1', '2', '3'])
  await expect.poll(() => b.heard).toEqual(['1', '2', '3'])
  b.backplane.publish('4')
  await expect.poll(() => a.heard).toEqual(['1', '2', '3', '4'])
  expect(other.heard).toEqual([])
})
