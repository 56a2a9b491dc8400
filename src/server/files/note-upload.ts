/** Notes in the store that somebody uploads a file. */

import { ChatError } from '../../shared/protocol/errors.ts'
import type { Session } from '../auth/sessions.ts'
import type { Limiter } from '../rate-limit/limiter.ts'
import { rowBytes } from '../rate-limit/storage-quota.ts'
import type { Store } from '../store/store.ts'
import { describe } from './description/description.ts'
import { charge } from './limits/charge.ts'
import { dailyBytesOf, type UploadLimits } from './limits/upload-limits.ts'

interface Needs {
  store: Pick<Store, 'files'>
  limiter: Pick<Limiter, 'store' | 'files'>
  limits: UploadLimits
}

export interface Uploader {
  session: Session
  network: string
}

export interface NewUpload {
  room: string
  /** As claimed. */
  name: string
  type: string
  bytes: number
  alt: string
  /** Whether its bytes are kept as they are, also those of an image. */
  asFile: boolean
  /** The client's own name for the upload: with it, what is begun again is the same one. */
  key?: string | undefined
}

/** @returns the id: another one when the user has begun it before @throws ChatError when the user may not write in the room, or a limit is reached */
export async function noteUpload(needs: Needs, id: string, uploader: Uploader, upload: NewUpload): Promise<string> {
  const { session } = uploader
  const { room, name, type, bytes, alt, asFile, key } = upload
  const { user, isVerified, canViewPublic, role, isReadOnly } = session
  if (isReadOnly) throw new ChatError('forbidden', 'This bot may only read.')
  const described = describe({ name, type, alt })
  const rowCost = rowBytes + Buffer.byteLength(described.name + described.alt)
  const giveBack = charge(needs, uploader, { bytes, rowBytes: rowCost })
  const noted = {
    ...described,
    id,
    room,
    userId: user.id,
    bytes,
    asFile,
    key,
    at: Date.now(),
    ...(!isVerified && { unverified: true }),
    ...(!canViewPublic && { onlyInvited: true }),
    dailyBytes: dailyBytesOf(needs.limits, role),
    totalBytes: needs.limits.maxStorageBytes || undefined,
  }
  const created = await needs.store.files.create(noted).catch((error) => {
    giveBack()
    throw error
  })
  if (created !== id) giveBack()
  return created
}
