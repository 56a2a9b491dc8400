/** Clients of all transports in one room. */

import type { WireFault } from '../history.ts'
import type { SceneOptions } from '../scene.ts'
import { carriers, webSocket } from './carriers.ts'

export interface Mix {
  /** What follows the name of the fault. */
  title: string
  options: Pick<SceneOptions, 'carry'>
  allowed: readonly WireFault['type'][]
}

const all = Object.values(carriers)

export const allTransports: Mix = {
  title: ', all transports',
  options: { carry: (client) => all[client % all.length] ?? webSocket },
  // Over HTTP `sent` is the answer to a request, and entries come by another.
  allowed: ['entry-before-sent'],
}
