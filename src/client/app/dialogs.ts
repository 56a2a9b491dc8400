import type { Message, User } from '../../shared/protocol.ts'

/** What is open over the page, one at a time, and what it is about. `components/Dialogs.vue` has the component of each. */
export type Dialog =
  | { is: 'rooms' }
  | { is: 'settings' }
  | { is: 'keys' }
  /** `unsent`: how many messages would be lost. */
  | { is: 'sign-out'; unsent: number }
  | { is: 'react'; message: Message }
  | { is: 'reactions'; message: number }
  | { is: 'new'; name?: string }
  /** About the room that one is in. */
  | { is: 'room' }
  | { is: 'members' }
  | { is: 'invites' }
  | { is: 'person'; user: User }

/** What is told for a while of what was done, and the act that can be undone. */
export interface Said {
  text: string
  act?: number | undefined
}
