/** What a fault came to, and the table of them. */
import { markdownTable } from '../support/run/table.ts'
import type { Column, Property, Report } from './checker.ts'

export interface Result {
  fault: string
  /** How often it was done, and what that is called. */
  count: number
  unit: string
  /** Missing when it could not be run; `notes` then say why. */
  report?: Report
  /** What went wrong that is not in the report. */
  failures: string[]
  notes: string[]
}

export interface Fault {
  /** Scaled to seconds, for `npm test`, which has some of the faults. */
  smallest?(): Promise<Result[]>
  /** Scaled to a part of a minute. */
  short(): Promise<Result[]>
  /** As the documentation reports it. */
  long(): Promise<Result[]>
}

const columns: Column[] = ['lost', 'doubled', 'outOfOrder', 'phantom']

export function hasFailed({ report, failures }: Result): boolean {
  return failures.length > 0 || (report !== undefined && columns.some((column) => report[column] > 0))
}

/** A fault that cannot be done here; said plainly, never left out in silence. */
export function notRun(fault: string, why: string): Result {
  return { fault, count: 0, unit: '', failures: [], notes: [`not run: ${why}`] }
}

const heads = ['fault', 'count', 'acknowledged', 'lost', 'doubled', 'out of order', 'phantom', 'bound 3/N']

export function table(results: Result[]): string {
  return markdownTable(heads, results.map(rowOf))
}

function rowOf({ fault, count, unit, report, failures }: Result): string[] {
  if (!report) return [fault, count ? `${inDigits(count)} ${unit}` : 'not run', '', '', '', '', '', '']
  const counts = columns.map((column) => inDigits(report[column]))
  const isClean = !failures.length && columns.every((column) => report[column] === 0)
  return [
    fault,
    `${inDigits(count)} ${unit}`,
    inDigits(report.acknowledged),
    ...counts,
    isClean ? bound(count) : 'none',
  ]
}

/** None seen in N: with 95 % confidence fewer than 3 in N. */
function bound(count: number): string {
  return count > 3 ? `${((3 / count) * 100).toPrecision(2)} %` : '-'
}

/** The violations, the failures and the notes of a result, a line each. */
export function details({ fault, report, failures, notes }: Result): string {
  const violations = Object.entries(report?.violations ?? {}) as [Property, { count: number; examples: string[] }][]
  const found = violations.map(([property, { count, examples }]) => `${property} × ${count}: ${examples.join('; ')}`)
  const allowed = report?.allowed ? [`${inDigits(report.allowed)} frames out of turn that are allowed here`] : []
  const lines = [...failures.map((failure) => `FAILED: ${failure}`), ...found, ...notes, ...allowed]
  return lines.map((text) => `${fault}: ${text}`).join('\n')
}

export function inDigits(count: number): string {
  return count.toLocaleString('en-US')
}
