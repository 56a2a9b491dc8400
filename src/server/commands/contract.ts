/** What commands work with, and their shape. */
import type { Commands, ConnectionCommand } from '../../shared/protocol/commands.ts'
import type { PasswordCheck } from '../auth/password-check.ts'
import type { Caller, Connection } from '../chat/contract.ts'
import type { Hub } from '../chat/hub.ts'
import type { LastSeen } from '../chat/last-seen.ts'
import type { Node } from '../cluster/node.ts'
import type { Log } from '../log.ts'
import type { Limiter } from '../rate-limit/limiter.ts'
import type { ReadQueue } from '../rate-limit/read-queue.ts'
import type { Store } from '../store/store.ts'
import type { Notify } from './notify.ts'

export interface Services {
  store: Store
  reads: ReadQueue
  hub: Hub
  lastSeen: LastSeen
  limiter: Limiter
  log: Log
  /** This server as one of several nodes. */
  node: Pick<Node, 'isCurrent' | 'explain'>
  /** The free space of the disk. */
  disk: { readonly isLow: boolean }
  /** Names the page that is served. */
  build: string
  /** What reaches users outside of an open page. */
  notify: Notify
  passwordCheck: Pick<PasswordCheck, 'refuseUnlessKnown'>
}

export type Handlers = {
  [Type in keyof Commands]: (
    services: Services,
    from: Type extends ConnectionCommand ? Connection : Caller,
    command: Commands[Type],
  ) => Promise<void> | void
}
