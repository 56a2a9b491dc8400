import type { ServerRole } from '../../shared/protocol/types.ts'

export interface UploadLimits {
  maxFileBytes: number
  /** Of one user in 24 hours; guests have a tenth. */
  fileBytesPerDay: number
  /** Of all users; 0 for no limit. */
  maxStorageBytes: number
}

const guestPart = 1 / 10

/** How many bytes somebody may upload in 24 hours. */
export function dailyBytesOf({ fileBytesPerDay }: UploadLimits, role: ServerRole): number {
  return Math.floor(fileBytesPerDay * (role === 'guest' ? guestPart : 1))
}
