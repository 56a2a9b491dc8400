import { readdirSync, readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { createImageTurns, imageTurns } from '../../src/server/files/image-queue.ts'
import { createImages } from '../../src/server/files/images/images.ts'
import { inspectImagesWith } from '../../src/server/files/inspect-image.ts'
import { Previews } from '../../src/server/files/previews.ts'
import { createLog } from '../../src/server/log.ts'
import { hourMs } from '../../src/shared/durations.ts'
import { temporaryFolder } from '../support/server/server.ts'

const png = 'static/images/icon-192.png'

it('turns of images › one who sends many does not delay another by more than one of them', async (t) => {
  const images = createImages({ log: createLog('silent') })
  t.onTestFinished(() => images.close())
  const inspect = inspectImagesWith(images, createImageTurns({ ...imageTurns, maxWaitMs: hourMs }))
  const done: string[] = []
  const many = Array.from({ length: 6 }, () => inspect(png, 'image/png', 'many').then(() => done.push('many')))
  await inspect(png, 'image/png', 'another').then(() => done.push('another'))
  expect(done.indexOf('another')).toBeLessThanOrEqual(2)
  await Promise.all(many)
  expect(done).toHaveLength(7)
})

it('turns of images › who waits for too long is told when to come back, and the next has their turn', async (t) => {
  const images = createImages({ log: createLog('silent') })
  t.onTestFinished(() => images.close())
  const inTurn = createImageTurns({ maxAtOnce: 1, maxWaiting: 2, workMs: 1, maxWaitMs: 20 })
  const inspect = inspectImagesWith(images, inTurn)
  const { promise, resolve } = Promise.withResolvers<void>()
  const held = inTurn('many', () => promise)
  await expect(inspect(png, 'image/png', 'another')).rejects.toMatchObject({
    code: 'unavailable',
    retryAfterMs: 10_000,
  })
  resolve()
  await held
  expect(await inspect(png, 'image/png', 'another')).toMatchObject({ type: 'image/png', width: 192 })
})

it('turns of images › a preview whose image comes slowly does not keep others from theirs', async (t) => {
  const images = createImages({ log: createLog('silent') })
  t.onTestFinished(() => images.close())
  const inTurn = createImageTurns()
  const asked = Promise.withResolvers<void>()
  const slow = new PassThrough()
  async function read() {
    asked.resolve()
    return slow
  }
  const disk = { fits: async () => true }
  const previews = new Previews({ folder: temporaryFolder(t), bytes: { read }, images, inTurn, disk }, hourMs)
  const content = readFileSync(png)
  const preview = previews.open({ hash: 'a'.repeat(64), bytes: content.length }, 'small', 'one')
  await asked.promise
  slow.write(content.subarray(0, 100))
  expect(await inspectImagesWith(images, inTurn)(png, 'image/png', 'another')).toMatchObject({ width: 192 })
  slow.end(content.subarray(100))
  const file = await preview
  expect(await sharp(await file.readFile()).metadata()).toMatchObject({ format: 'webp', width: 192 })
  await file.close()
})

it('turns of images › a preview whose image does not come is given up, and nothing of it stays', async (t) => {
  const images = createImages({ log: createLog('silent') })
  t.onTestFinished(() => images.close())
  const folder = temporaryFolder(t)
  const needs = { folder, images, inTurn: createImageTurns(), disk: { fits: async () => true } }
  const previews = new Previews({ ...needs, bytes: { read: async () => new PassThrough() } }, 50)
  const preview = previews.open({ hash: 'a'.repeat(64), bytes: 100 }, 'small', 'one')
  await expect(preview).rejects.toMatchObject({ reason: 'busy' })
  const left = new AbortController()
  const patient = new Previews({ ...needs, bytes: { read: async () => new PassThrough() } })
  const unwanted = patient.open({ hash: 'a'.repeat(64), bytes: 100 }, 'small', 'one', left.signal)
  left.abort()
  await expect(unwanted).rejects.toMatchObject({ reason: 'busy' })
  expect(readdirSync(folder)).toEqual([])
})
