/** What the batteries came to, to be read. */
import { markdownTable } from '../support/run/table.ts'
import type { Result } from './battery.ts'

/** What fails fails alike, and the first few tell it. */
const maxShown = 20

export function table(results: readonly Result[]): string {
  const rows = results.map(({ name, tried, failed }) => [name, inDigits(tried), inDigits(failed.length)])
  const sum = (pick: (result: Result) => number) => inDigits(results.reduce((sum, result) => sum + pick(result), 0))
  const total = ['all', sum(({ tried }) => tried), sum(({ failed }) => failed.length)]
  return markdownTable(['battery', 'tried', 'failed'], [...rows, total])
}

/** What failed and what is to be said of the rest, a line each. */
export function details({ name, failed, notes = [] }: Result): string {
  const shown = failed.slice(0, maxShown).map((sentence) => `FAILED: ${sentence}`)
  const left = failed.length > maxShown ? [`FAILED: and ${inDigits(failed.length - maxShown)} more`] : []
  return [...shown, ...left, ...notes].map((text) => `${name}: ${text}`).join('\n')
}

function inDigits(count: number): string {
  return count.toLocaleString('en-US')
}
