import type { Lookups, Reads, Writes } from './calls.ts'
import type { Meter } from './contracts/metering.ts'
import type { ResultOf } from './transaction.ts'

/** Runs the rules on one database. */
export interface Driver {
  readonly epoch: string
  readonly failed: Promise<Error>
  fault(): Promise<string | undefined>
  /** Resolves after the commit; what is written in a room, and moderation, is committed in the order in which it was asked for. */
  write<Name extends keyof Writes>(name: Name, ...values: Parameters<Writes[Name]>): Promise<ResultOf<Writes[Name]>>
  /** Sees everything that was acknowledged before the call. */
  read<Name extends keyof Reads>(
    meter: Meter | undefined,
    name: Name,
    ...values: Parameters<Reads[Name]>
  ): Promise<ResultOf<Reads[Name]>>
  /** Likewise. */
  lookUp<Name extends keyof Lookups>(name: Name, ...values: Parameters<Lookups[Name]>): Promise<ResultOf<Lookups[Name]>>
  /**
   * Nobody else who uses the database holds that key meanwhile.
   * @param work is told whether that is still so @throws ChatError `unavailable`
   */
  exclusively<Result>(key: string, work: (isHeld: () => Promise<boolean>) => Promise<Result>): Promise<Result>
  /** The size of what is written beside the database and moves into it later; undefined where there is no such file. */
  logBytes(): Promise<number | undefined>
  close(): Promise<void>
}
