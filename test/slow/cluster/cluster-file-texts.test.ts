/** Texts of files on three nodes: one of them reads, and another one goes on when it is killed. */
import { expect, it } from 'vitest'
import { cluster } from '../../cluster/nodes.ts'
import { uploaded } from '../../support/clients/uploads.ts'
import { run } from '../../support/server/program.ts'
import { startServer, temporaryFolder } from '../../support/server/server.ts'

const services = cluster()
const files = 8
const words = 8_000

it('texts of files on three nodes › are found at each node, once each, although the node that reads them is killed in the middle', async (t) => {
  const database = services.postgres.newDatabase()
  await services.postgres.create(database)
  const shared = {
    DATABASE_URL: database,
    REDIS_URL: services.redis.url,
    FILES_DIR: temporaryFolder(t),
    RATE_LIMITS: 'off',
  }
  // The first one works for all of them.
  const leader = run(t, { ...shared, PORT: '0', DATA_DIR: temporaryFolder(t), LOG_LEVEL: 'fatal' })
  await leader.url()
  const [b, c] = [await startServer(t, shared), await startServer(t, shared)]
  const [anna, bo] = [await b.signIn('Anna'), await c.signIn('Bo')]
  const [writer, reader] = [await anna.connect(), await bo.connect()]
  for (const chat of [writer, reader]) await chat.open('lobby')
  for (let n = 0; n < files; n++) {
    const middle = Array.from({ length: words }, (_, i) => `w${n}x${i}`).join(' ')
    const bytes = `oolong${n} oolong ${middle} sencha sencha${n}`
    const id = await uploaded(
      b,
      { cookie: anna.cookie, origin: b.url },
      { name: `${n}.txt`, type: 'text/plain', bytes },
    )
    writer.send({ type: 'chat', room: 'lobby', key: `message ${n}`, data: '', files: [id] })
  }
  const found = async (query: string, chat = reader) =>
    (await chat.ask({ type: 'search', query }, 'found')).data.map(({ files: [file] = [] }) => file?.name)
  await expect.poll(async () => (await found('oolong')).length, { interval: 20 }).toBeGreaterThan(1)
  leader.kill('SIGKILL')
  await leader.ended
  // Premise: it had not read all of them to their ends.
  expect((await found('sencha')).length).toBeLessThan(files)
  const all = Array.from({ length: files }, (_, n) => `${files - 1 - n}.txt`)
  for (const chat of [reader, writer]) {
    await expect.poll(() => found('sencha', chat)).toEqual(all)
    for (let n = 0; n < files; n++) {
      expect(await found(`oolong${n}`, chat)).toEqual([`${n}.txt`])
      expect(await found(`"w${n}x${words - 1} sencha sencha${n}"`, chat)).toEqual([`${n}.txt`])
    }
  }
  const counts = await services.postgres.query(
    database,
    'select parts = (select count(*) from file_text_parts as part where part.place = text.place) as whole from file_texts as text',
  )
  expect(counts).toEqual(all.map(() => ({ whole: true })))
})
