import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, it, vi } from 'vitest'
import { ImageFault } from '../../../src/server/files/images/image-fault.ts'
import { Previews } from '../../../src/server/files/previews.ts'
import { hourMs, secondMs } from '../../../src/shared/durations.ts'
import { temporaryFolder } from '../../support/server/server.ts'

it('an image that has no preview › is not tried again for each reader, but after an hour', async (t) => {
  const folder = temporaryFolder(t)
  const preview = vi.fn(() => Promise.reject(new ImageFault('refused', { state: 'refused' })))
  const previews = new Previews({
    folder,
    bytes: { read: async () => Readable.from(['no image']) },
    images: { preview },
    inTurn: (_, work) => work(),
    disk: { fits: async () => true },
  })
  const image = { hash: 'a'.repeat(64), bytes: 8 }
  const refused = () => expect(previews.open(image, 'small', 'anna')).rejects.toMatchObject({ reason: 'refused' })
  await refused()
  await refused()
  expect(preview).toHaveBeenCalledTimes(1)
  const old = (Date.now() - hourMs) / secondMs - 1
  utimesSync(join(folder, `${image.hash}-small.webp`), old, old)
  await refused()
  expect(preview).toHaveBeenCalledTimes(2)
})

it.for([
  ['failed', { state: 'failed' }],
  ['refused', { state: 'exceeded', limit: 'time' }],
  ['refused', { state: 'ended', reason: 'SIGKILL' }],
] as const)('an image whose process has %s, with %j › is tried again', async ([reason, cause], t) => {
  const preview = vi.fn(() => Promise.reject(new ImageFault(reason, cause)))
  const previews = new Previews({
    folder: temporaryFolder(t),
    bytes: { read: async () => Readable.from(['an image']) },
    images: { preview },
    inTurn: (_, work) => work(),
    disk: { fits: async () => true },
  })
  const open = () => previews.open({ hash: 'a'.repeat(64), bytes: 8 }, 'small', 'anna')
  for (let i = 0; i < 2; i++) await expect(open()).rejects.toMatchObject({ reason })
  expect(preview).toHaveBeenCalledTimes(2)
})
