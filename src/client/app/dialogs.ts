import type { Message, User } from '../../shared/protocol.ts'

/** What is open over the page, one at a time, and what it is about. `components/Dialogs.vue` has the component of each. */
export type Dialog =
  | { type: 'rooms' }
  | { type: 'settings' }
  | { type: 'keys' }
  /** `unsent`: how many messages would be lost. */
  | { type: 'sign-out'; unsent: number }
  | { type: 'react'; message: Message }
  | { type: 'reactions'; message: number }
  | { type: 'new'; name?: string }
  /** About the room that one is in. */
  | { type: 'room' }
  | { type: 'members' }
  | { type: 'invites' }
  | { type: 'person'; user: User }

/** A short notice of what was done, and the action that can be undone. */
export interface ToastMessage {
  text: string
  action?: number | undefined
}
