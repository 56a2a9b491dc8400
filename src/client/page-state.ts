import type { Opened, User } from '../shared/protocol.ts'

/** What the server writes into the page for the script: who is asking, and the lobby as it was rendered. */
export interface PageState {
  user: User
  opened: Opened
}
