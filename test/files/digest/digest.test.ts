import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { createDigest, maxBytesHere } from '../../../src/server/files/digest/digest.ts'
import { type Cleanup, temporaryFolder } from '../../support/server.ts'

const threads = vi.hoisted(() => ({ asked: [] as string[] }))

vi.mock(import('../../../src/server/threads/background-threads.ts'), async (actual) => {
  const { backgroundThreads, ...others } = await actual()
  return {
    ...others,
    backgroundThreads: (file, options) => {
      const ask = backgroundThreads(file, options)
      return (question) => {
        threads.asked.push(String(question))
        return ask(question) as never
      }
    },
  }
})

function fileOf(t: Cleanup, bytes: number) {
  const content = randomBytes(bytes)
  const path = join(temporaryFolder(t), 'file')
  writeFileSync(path, content)
  return { path, expected: { hash: createHash('sha256').update(content).digest('hex'), bytes } }
}

describe('the hash of a file', () => {
  it('is computed at once when the file is small', async (t) => {
    const digestOf = createDigest()
    threads.asked.length = 0
    for (const bytes of [0, 1, 300_000, maxBytesHere]) {
      const { path, expected } = fileOf(t, bytes)
      expect(await digestOf(path)).toEqual(expected)
    }
    expect(threads.asked).toEqual([])
  })

  it('is computed beside the event loop when the file is large, one after another', async (t) => {
    const digestOf = createDigest()
    threads.asked.length = 0
    const files = [fileOf(t, maxBytesHere + 1), fileOf(t, maxBytesHere + 300_001)]
    const digests = await Promise.all(files.map(({ path }) => digestOf(path)))
    expect(digests).toEqual(files.map(({ expected }) => expected))
    expect(threads.asked).toHaveLength(2)
  })

  it('fails for a file that is not there, and not for the next one', async (t) => {
    const digestOf = createDigest()
    await expect(digestOf('/no/such/file')).rejects.toMatchObject({ code: 'ENOENT' })
    const { path, expected } = fileOf(t, maxBytesHere + 1)
    expect(await digestOf(path)).toEqual(expected)
  })
})
