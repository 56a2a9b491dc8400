import type { FileInfo, Message, User } from '../../shared/protocol/types.ts'
import type { SearchPlace } from '../search/search-place.ts'
import type { SharedItem } from '../share/shared-item.ts'

/** The open dialog and its subject. `Dialogs.vue` has the component of each, which gets the rest as properties. */
export type Dialog =
  | { type: 'room-switcher' }
  | { type: 'settings' }
  | { type: 'notifications' }
  | { type: 'shortcuts' }
  | { type: 'mentions' }
  | { type: 'saved' }
  /** `place`: where the user was in the list before they opened a message of it. */
  | { type: 'search'; place?: SearchPlace }
  /** `unsent`: how many messages would be lost. */
  | { type: 'sign-out'; unsent: number }
  | { type: 'reaction-picker'; message: Message }
  /** `index`: which of the images is shown first. */
  | { type: 'file-viewer'; files: readonly FileInfo[]; index: number }
  | { type: 'new-room'; name?: string | undefined }
  /** `item`: what another program has shared. */
  | { type: 'share'; item: SharedItem }
  | RoomDialog

/** About the room that one is in. */
export type RoomDialog =
  | { type: 'room' }
  | { type: 'members' }
  | { type: 'invitations' }
  | { type: 'pins' }
  | { type: 'room-files' }
  | { type: 'person'; user: User }
  /** `message`: its id. */
  | { type: 'reactions'; message: number }
