import type { Config } from '../config.ts'
import type { Store } from '../store/store.ts'

/** What a command works with: `words` are those after its name. */
export interface CommandContext {
  store: Store
  config: Config
  words: string[]
}

/** @returns what to print @throws Error in one line */
export type Command = (context: CommandContext) => Promise<string>

/** The last column is not padded: it has the names, whose letters differ in width. */
export function table(lines: string[][]): string {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  const padded = lines.map((line) =>
    line.map((word, column) => (column < line.length - 1 ? word.padEnd(widths[column] ?? 0) : word)),
  )
  return padded.map((line) => `${line.join('  ')}\n`).join('')
}

export function minuteOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
