import { createHash, randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { TcpProxy } from '../proof/tcp-proxy.ts'
import { bytesOf, idIn, uploadByTus } from '../support/clients/uploads.ts'
import { startServer } from '../support/server/server.ts'

const cutsMeant = 100
const uploaders = 4
const bytesOfEach = 2_000_000

it('uploads that are cut 100 times at random bytes are complete, with the right hash', async (t) => {
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', FILE_BYTES_PER_DAY: '1000000000000' })
  const { cookie } = await server.signIn('Anna')
  let cuts = 0
  let began = 0
  await using proxy = await TcpProxy.start(() => {
    const wire = [...proxy.wires].at(-1)
    const cut = () => {
      cuts++
      wire?.destroy()
    }
    // At any byte: of a head, of a body, or behind it, when the answer is lost.
    if (began++ < 2 * cutsMeant) wire?.toServer.cutAfter(Math.floor(Math.random() * 150_000), cut)
    return server.port
  })
  // A cookie is named for the port that a browser sees.
  const by = { cookie: cookie.replace(`-${server.port}=`, `-${proxy.port}=`) }
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  const upload = async () => {
    const bytes = randomBytes(bytesOfEach)
    const path = await uploadByTus(`http://127.0.0.1:${proxy.port}/rooms/lobby/files`, by, bytes, {
      retryDelays: Array.from({ length: 1_000 }, () => 5),
    })
    expect(sha256(await bytesOf(server, { cookie }, idIn(path)))).toBe(sha256(bytes))
  }
  while (cuts < cutsMeant) await Promise.all(Array.from({ length: uploaders }, upload))
  expect(cuts).toBeGreaterThanOrEqual(cutsMeant)
  expect(readdirSync(join(server.dataDir, 'uploads')), 'nothing that is not complete is left').toEqual([])
})
