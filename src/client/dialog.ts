import type { Message } from '../shared/protocol.ts'

/** What is open over the page, one at a time, and what it is about. `components/Dialogs.vue` has the component of each. */
export type Dialog = { is: 'rooms' } | { is: 'settings' } | { is: 'keys' } | { is: 'react'; message: Message }
