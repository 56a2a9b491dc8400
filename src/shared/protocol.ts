/** Both directions of the wire, its limits and its codes. `docs/protocol.md` says the same in prose. */
export * from './protocol/close-codes.ts'
export * from './protocol/commands.ts'
export * from './protocol/errors.ts'
export type * from './protocol/frames.ts'
export * from './protocol/limits.ts'
export * from './protocol/types.ts'
