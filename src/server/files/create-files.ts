/** Builds what takes in, keeps and shows files. */
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import type { Limiter } from '../rate-limit/limiter.ts'
import type { Store } from '../store/store.ts'
import type { FileBytes } from './bytes/file-bytes.ts'
import { createFileCheck } from './check/file-check.ts'
import { createImageTurns } from './image-queue.ts'
import { createImages } from './images/images.ts'
import { inspectImagesWith } from './inspect-image.ts'
import type { FileDisk } from './limits/reserved-bytes.ts'
import { currentLimits, type UploadLimits } from './limits/upload-limits.ts'
import { Pictures } from './pictures.ts'
import { Previews, withPreviews } from './previews.ts'
import { Uploads } from './uploads.ts'

interface Needs {
  store: Pick<Store, 'files' | 'rooms'>
  limiter: Pick<Limiter, 'store' | 'files'>
  log: Log
  disk: FileDisk
  settings: { readonly now: UploadLimits }
  bytes: FileBytes
}

export function createFiles<Disk extends Needs['disk']>(
  { dataDir, fileCheck }: Pick<Config, 'dataDir' | 'fileCheck'>,
  needs: Needs & { disk: Disk },
) {
  const images = createImages(needs)
  const inTurn = createImageTurns()
  const previews = new Previews({ ...needs, folder: join(dataDir, 'previews'), images, inTurn })
  const bytes = withPreviews(needs.bytes, previews)
  const inspect = inspectImagesWith(images, inTurn)
  const checks = fileCheck && createFileCheck(fileCheck, needs.log)
  const kept = { inspect, check: checks?.check, folder: join(dataDir, 'uploads') }
  const uploads = new Uploads({ ...needs, bytes, ...kept, limits: currentLimits(needs.settings) })
  const pictures = new Pictures({ images, inTurn, kept: uploads.kept })
  async function clean(now: number, stopping: AbortSignal): Promise<void> {
    await uploads.clean(now, stopping)
    await previews.clean(now, needs.store.files, stopping)
  }
  const cleanShared = (now: number, stopping: AbortSignal) => uploads.cleanShared(now, stopping)
  async function close(): Promise<void> {
    await uploads.finish()
    checks?.stop()
    await images.close()
    bytes.close()
  }
  return { disk: needs.disk, bytes, previews, pictures, uploads, clean, cleanShared, close }
}
