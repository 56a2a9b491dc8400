import { ChatError } from '../../shared/protocol/errors.ts'

/** What only uploads answer. The client is told the status and the message. */
export class UploadFault extends Error {
  readonly status: 400 | 408 | 409 | 410 | 460
  readonly expose = true

  constructor(status: UploadFault['status'], message: string) {
    super(message)
    this.name = 'UploadFault'
    this.status = status
  }
}

/** Whether the file system is full. */
export function isOfFullDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

/** Whether bytes could not be synced: what the kernel says of the same file later is not to be trusted. */
export function isOfSync(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return isOfSync(error.cause) || ('syscall' in error && (error.syscall === 'fsync' || error.syscall === 'fdatasync'))
}

/** It may be otherwise a moment later. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'unavailable'
}

export function diskFull(cause: unknown): ChatError {
  return Object.assign(new ChatError('unavailable', 'The disk is full. Try again later.', 30_000), { cause })
}

export function interrupted(): UploadFault {
  return new UploadFault(409, 'Another request goes on with this upload.')
}

export function noSuchFile(): ChatError {
  return new ChatError('no-such-file', 'There is no such file.')
}
