/** From runs to a section of the document. */
import type { Benchmark, Figure, Figures, Goal } from './benchmark.ts'
import { when, where } from './machine.ts'

export interface Round {
  /** The machine's load average when it began. */
  load: number
  /** By the target's name. */
  figures: Record<string, Figures>
}

/** Markdown: a table of medians with their spread, the goals, and where it was measured. */
export function report(benchmark: Benchmark, rounds: Round[]): string {
  const { name, about, targets, figures } = benchmark
  const rows = targets.map((target) => [target.name, ...figures.map((figure) => cell(figure, target.name, rounds))])
  const loads = rounds.map(({ load }) => load)
  return [
    about,
    '',
    ...table(['', ...figures.map(({ label }) => label)], rows),
    '',
    ...benchmark.goals.map((goal) => sentence(benchmark, goal, rounds)),
    '',
    `\`npm run bench -- ${name}\`, ${rounds.length} round${rounds.length > 1 ? 's' : ''}, ${when()}, ${where()}, load average ${spread(loads, 1)}.`,
  ].join('\n')
}

function cell({ key, decimals }: Figure, target: string, rounds: Round[]): string {
  const values = rounds.flatMap(({ figures }) => figures[target]?.[key] ?? [])
  if (!values.length) return '–'
  if (values.length === 1) return shown(median(values), decimals)
  return `**${shown(median(values), decimals)}** (${spread(values, decimals)})`
}

function sentence({ targets: [own], figures }: Benchmark, goal: Goal, rounds: Round[]): string {
  const { figure: key, of } = goal
  const values = rounds.flatMap(({ figures }) => {
    const value = figures[own?.name ?? '']?.[key]
    const peer = of ? figures[of.name]?.[key] : 1
    return value !== undefined && peer !== undefined ? [value / peer] : []
  })
  const middle = median(values)
  const isLeast = 'atLeast' in goal
  const limit = isLeast ? goal.atLeast : goal.atMost
  const isReached = isLeast ? middle >= limit : middle <= limit
  const figure = figures.find((one) => one.key === key)
  const decimals = of ? ratioDecimals(Math.min(limit, middle)) : (figure?.decimals ?? 0)
  const unit = of ? ` × ${of.name}` : ''
  const aim = `${isLeast ? '≥' : '≤'} ${shown(limit, decimals)}${unit}`
  const got = `${shown(middle, decimals)}${unit}${values.length > 1 ? ` (${spread(values, decimals)})` : ''}`
  return `- ${isReached ? 'reached' : '**missed**'}: ${figure?.label} ${aim}: ${got}`
}

function ratioDecimals(ratio: number): number {
  return ratio < 0.1 ? 3 : ratio < 10 ? 2 : 1
}

export function table(head: string[], rows: string[][]): string[] {
  return [head, head.map((_, i) => (i ? '---:' : '---')), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

function spread(values: number[], decimals: number): string {
  return `${shown(Math.min(...values), decimals)} to ${shown(Math.max(...values), decimals)}`
}

function shown(value: number, decimals: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}
