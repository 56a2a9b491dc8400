import { expect, it } from 'vitest'
import { createImageTurns, imageTurns } from '../../src/server/files/image-turns.ts'
import { createImages } from '../../src/server/files/images/images.ts'
import { inspectImagesWith } from '../../src/server/files/inspect-image.ts'
import { createLog } from '../../src/server/log.ts'
import { hourMs } from '../../src/shared/durations.ts'

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
