/** Takes in a file that is in memory as a whole, as one of a form. */
import { Readable } from 'node:stream'
import type { FileInfo } from '../../shared/protocol/types.ts'
import type { Session } from '../auth/sessions.ts'
import { uploadKey } from './description/upload-key.ts'
import type { NewUpload, Uploader } from './note-upload.ts'
import type { Uploads } from './uploads.ts'

interface Needs {
  uploads: Uploads
  /** By uploading, a user joins the room. */
  chat: { join(session: Session, room: string): Promise<void> }
}

export type WholeUpload = Omit<NewUpload, 'bytes'>

/** @param written is called once the bytes are on the disk @throws ChatError what a form is refused with */
export type TakeBytes = (
  uploader: Uploader,
  file: WholeUpload,
  content: Buffer,
  written: () => void,
) => Promise<FileInfo>

export function takeBytesWith({ uploads, chat }: Needs): TakeBytes {
  return async (uploader, file, content, written) => {
    const key = uploadKey(file.key)
    uploads.refuseUnlessSmall(content.length)
    const bytes = { form: content.length, files: content.length }
    const { session } = uploader
    const receive = (arrived: (bytes: number) => void) =>
      uploads.receiveWhole(uploader, Readable.from([content]), arrived)
    const received = await uploads.whileReceiving(uploader, bytes, receive)
    written()
    try {
      await chat.join(session, file.room)
      const added = await uploads.addWhole(uploader, [{ ...file, key, received }])
      return (added[0] as (typeof added)[number]).file
    } finally {
      await uploads.dropWhole(received.id)
    }
  }
}
