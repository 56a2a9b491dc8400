/** Opens the place where the bytes of files are: a folder, or an S3 store. */
import type { Log } from '../../log.ts'
import { DiskBytes } from './disk-bytes.ts'
import type { FileBytes } from './file-bytes.ts'
import { S3Bytes } from './s3-bytes.ts'
import { isPassing } from './s3-client.ts'
import type { S3Config } from './s3-config.ts'
import { reasonOf, S3Fault } from './s3-fault.ts'

interface BytesConfig {
  filesDir: string
  s3: S3Config | undefined
}

/**
 * For a server. One whose S3 store fails for a passing reason starts all the same: messages need no files.
 * @throws Error in one line when it must be told another place, or other keys
 */
export async function openBytes({ filesDir, s3 }: BytesConfig, log: Pick<Log, 'event'>): Promise<FileBytes> {
  if (!s3) return new DiskBytes(filesDir)
  const bytes = new S3Bytes(s3, (reason) =>
    log.event(reason === undefined ? 'file-store-recovered' : 'file-store-failing', { reason }),
  )
  await checked(bytes, s3, async () => {
    await bytes.check().catch((error) => {
      if (!isPassing(error)) throw error
      bytes.noteFault(error)
    })
  })
  return bytes
}

/** For a command. @param use `read` needs no right to write, and writes nothing @throws Error in one line when the S3 store cannot be used */
export async function openBytesOnce({ filesDir, s3 }: BytesConfig, use: 'read' | 'write'): Promise<FileBytes> {
  if (!s3) return new DiskBytes(filesDir)
  const bytes = new S3Bytes(s3)
  await checked(bytes, s3, () => (use === 'read' ? bytes.checkReading() : bytes.check()))
  return bytes
}

async function checked(bytes: S3Bytes, config: S3Config, check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    bytes.close()
    throw new Error(sentenceOf(error, config))
  }
}

/** By the setting that is most likely wrong. */
function sentenceOf(error: unknown, { endpoint, bucket }: S3Config): string {
  const reason = reasonOf(error)
  switch (error instanceof S3Fault ? error.code : '') {
    case 'NoSuchBucket':
      return `S3_BUCKET: ${endpoint} has no bucket ${bucket}.`
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
      return `S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY: ${endpoint} refuses them (${reason}).`
    case 'AccessDenied':
      return `S3_ACCESS_KEY_ID: that user may not list, read, write and delete in the bucket ${bucket} of ${endpoint} (${reason}).`
    case 'AuthorizationHeaderMalformed':
    case 'PermanentRedirect':
      return `S3_REGION: ${endpoint} refuses it (${reason}).`
    case 'RequestTimeTooSkewed':
      return `The clock of this machine differs too much from that of ${endpoint} (${reason}).`
    default:
      return `S3_ENDPOINT: ${endpoint} cannot be used (${reason}).`
  }
}
