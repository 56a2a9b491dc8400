/** What a lane carries out. */
import type { Call, Writes } from '../calls.ts'
import type { Route } from './routes.ts'

export interface Write {
  call: Call<Writes>
  /** Undefined in the lane of those that are carried out alone. */
  route: Route | undefined
}

/** `alone`: it was not carried out, for it has to be carried out alone. */
export type Outcome = { value: unknown } | { error: unknown } | { alone: true }
