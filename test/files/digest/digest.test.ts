import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import { createDigest, maxBytesHere } from '../../../src/server/files/digest/digest.ts'
import { type Cleanup, temporaryFolder } from '../../support/server/server.ts'

/** @returns the files that threads were asked for since the call */
function watchThreads(t: Cleanup): unknown[] {
  const asked: unknown[] = []
  const { postMessage } = Worker.prototype
  const spy = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, path, ...more) {
    asked.push(path)
    return postMessage.call(this, path, ...more)
  })
  t.onTestFinished(() => spy.mockRestore())
  return asked
}

function fileOf(t: Cleanup, bytes: number) {
  const content = randomBytes(bytes)
  const path = join(temporaryFolder(t), 'file')
  writeFileSync(path, content)
  return { path, expected: { hash: createHash('sha256').update(content).digest('hex'), bytes } }
}

describe('the hash of a file', () => {
  it('is computed at once when the file is small', async (t) => {
    const digestOf = createDigest()
    const asked = watchThreads(t)
    for (const bytes of [0, 1, 300_000, maxBytesHere]) {
      const { path, expected } = fileOf(t, bytes)
      expect(await digestOf(path, 'anna')).toEqual(expected)
    }
    expect(asked).toEqual([])
  })

  it('is computed beside the event loop when the file is large', async (t) => {
    const digestOf = createDigest()
    const asked = watchThreads(t)
    const files = [fileOf(t, maxBytesHere + 1), fileOf(t, maxBytesHere + 300_001)]
    const digests = await Promise.all(files.map(({ path }) => digestOf(path, 'anna')))
    expect(digests).toEqual(files.map(({ expected }) => expected))
    // Both are opened at once, and either may be open first.
    expect(asked.toSorted()).toEqual(files.map(({ path }) => path).toSorted())
  })

  it('is computed in turns of users: one with many files does not hold up another until all of them are done', async (t) => {
    const digestOf = createDigest()
    const asked = watchThreads(t)
    const { path: annas } = fileOf(t, maxBytesHere + 1)
    const { path: bos } = fileOf(t, maxBytesHere + 1)
    const many = Array.from({ length: 8 }, () => digestOf(annas, 'anna'))
    await vi.waitUntil(() => asked.length > 0, 60_000)
    await Promise.all([...many, digestOf(bos, 'bo')])
    expect(asked).toHaveLength(9)
    expect(asked.at(-1), 'without turns it would be that of Bo, who came last').toBe(annas)
  })

  it('fails for a file that is not there, and not for the next one', async (t) => {
    const digestOf = createDigest()
    await expect(digestOf('/no/such/file', 'anna')).rejects.toMatchObject({ code: 'ENOENT' })
    const { path, expected } = fileOf(t, maxBytesHere + 1)
    expect(await digestOf(path, 'anna')).toEqual(expected)
  })
})
