import type { Meter } from './contracts/metering.ts'
import type { Lookups, Reads, Writes } from './sqlite-calls.ts'

/** Runs what the contracts need on one database. */
export interface Driver {
  readonly epoch: string
  readonly failed: Promise<Error>
  fault(): Promise<string | undefined>
  /** Resolves after the commit; calls are committed in the order in which they were made. */
  write<Name extends keyof Writes>(name: Name, ...values: Parameters<Writes[Name]>): Promise<ReturnType<Writes[Name]>>
  /** For what can be more than a few rows. Sees everything that was acknowledged before the call. */
  read<Name extends keyof Reads>(
    meter: Meter | undefined,
    name: Name,
    ...values: Parameters<Reads[Name]>
  ): Promise<ReturnType<Reads[Name]>>
  /** For a few rows that an index finds. */
  lookUp<Name extends keyof Lookups>(
    name: Name,
    ...values: Parameters<Lookups[Name]>
  ): Promise<ReturnType<Lookups[Name]>>
  close(): Promise<void>
}
