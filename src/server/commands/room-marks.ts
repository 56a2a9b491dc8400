import type { Opened } from '../../shared/protocol/frames.ts'
import type { Store, Viewer } from '../store/store.ts'

/** What `opened` says of single messages. */
export type RoomMarks = Pick<Opened, 'pins' | 'saved'>

export async function marksIn(store: Store, viewer: Viewer, room: string): Promise<RoomMarks> {
  const [pins, saved] = await Promise.all([store.log.pins(room), store.saved.idsIn(viewer, room)])
  return { ...(pins.length && { pins }), ...(saved.length && { saved }) }
}
