import type { ParsedInput } from '../../shared/commands/parse-input.ts'

/** Why a slash command was not run. */
export type CommandProblem =
  | Extract<ParsedInput, { type: 'unknown' | 'incomplete' }>
  | { type: 'failed'; error: unknown }
