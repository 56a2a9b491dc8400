export type { Lookups } from './sqlite-lookups.ts'
export type { Reads } from './sqlite-reads.ts'
export type { Writes } from './sqlite-writes.ts'
