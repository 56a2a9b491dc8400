import type { ServerRole } from '../../../shared/protocol/types.ts'
import type { FileLimits } from '../../../shared/server-settings.ts'
import { guestPart } from '../../rate-limit/upload-quota.ts'

export type UploadLimits = Readonly<FileLimits>

/** Those of this moment: the owner may change them at any time. */
export function currentLimits(settings: { readonly now: UploadLimits }): UploadLimits {
  return {
    get maxFileBytes() {
      return settings.now.maxFileBytes
    },
    get fileBytesPerDay() {
      return settings.now.fileBytesPerDay
    },
    get maxStorageBytes() {
      return settings.now.maxStorageBytes
    },
  }
}

/** How many bytes somebody may upload in 24 hours. */
export function dailyBytesOf({ fileBytesPerDay }: UploadLimits, role: ServerRole): number {
  return Math.floor(fileBytesPerDay * (role === 'guest' ? guestPart : 1))
}
