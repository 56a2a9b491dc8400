import type { Viewer } from './accounts.ts'

/** The bytes of a picture. They stand where those of files do, under their hash. */
export interface Picture {
  /** SHA-256, in hexadecimal digits; the first eight name the picture on the wire. */
  hash: string
  bytes: number
}

/** By the name of its user or the address of its room. */
export interface OwnedPicture extends Picture {
  type: 'user' | 'room'
  of: string
}

/** The pictures of users and rooms. Those of rooms, and what an admin removes, are moderation actions: see `picture`. */
export interface PictureStore {
  /** Sets the user's own picture, or removes it. The bytes of the one before are no longer referred to. */
  setOfUser(userId: number, picture: Picture | undefined): Promise<void>
  ofUser(userId: number): Promise<Picture | undefined>
  /** Undefined also for a viewer who cannot view the room now. */
  ofRoom(viewer: Viewer, room: string, at: number): Promise<Picture | undefined>
  every(): Promise<OwnedPicture[]>
}
