/** What a lane carries out. */
import type { Call, Writes } from '../calls.ts'

/** What a write changes. It changes nothing else that another write beside it reads or changes. */
export interface Route {
  /** The address of the one room. */
  room?: string
  users: readonly number[]
}

export interface Write {
  call: Call<Writes>
  /** Undefined in the lane of those that are carried out alone. */
  route: Route | undefined
}

/** `alone`: it was not carried out, for it has to be carried out alone. */
export type Outcome = { value: unknown } | { error: unknown } | { alone: true }
