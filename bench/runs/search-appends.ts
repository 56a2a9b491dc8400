import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { PostgresServer } from '../../test/support/services/postgres.ts'
import type { Benchmark, Figures } from '../benchmark.ts'
import { targets } from '../targets.ts'

const pairs = Number(process.env.APPEND_PAIRS ?? 8)
const count = Number(process.env.APPENDS ?? 20_000)
const folder = join(import.meta.dirname, '../search')

const stores = ['SQLite', 'PostgreSQL'].map((name) => ({ ...targets.teahouse, name }))

export const searchAppends: Benchmark = {
  name: 'search-appends',
  about: `Messages stored by the store alone, with the index of the search and without it (its words are neither made nor stored), ${pairs} times in alternation, each in a process and a database of its own: ${count.toLocaleString('en')} messages in eight languages to 20 rooms, 400 at once, synced. The ratios are medians of pairs. Processor time is that of the process of the store, without that of PostgreSQL. APPENDS and APPEND_PAIRS set the numbers.`,
  targets: stores,
  rounds: 1,
  figures: [
    { key: 'with', label: 'with the index, a second', decimals: 0 },
    { key: 'without', label: 'without, a second', decimals: 0 },
    { key: 'ratio', label: 'with to without', decimals: 2 },
    { key: 'least', label: 'least of the pairs', decimals: 2 },
    { key: 'most', label: 'most', decimals: 2 },
    { key: 'cpu', label: 'processor for a message, with to without', decimals: 2 },
  ],
  goals: [{ figure: 'ratio', atLeast: 0.9 }],
  async run({ name }) {
    const server = name === 'PostgreSQL' ? await PostgresServer.start({ isDurable: true }) : undefined
    const runs: { with: Run; without: Run }[] = []
    for (let i = 0; i < pairs; i++) {
      const pair: Partial<Record<'with' | 'without', Run>> = {}
      // Neither always comes after the other.
      for (const kind of i % 2 ? (['with', 'without'] as const) : (['without', 'with'] as const)) {
        const url = server?.newDatabase()
        if (server && url) await server.create(url)
        pair[kind] = runOnce(name, kind === 'with', url)
      }
      runs.push(pair as (typeof runs)[number])
    }
    await server?.stop()
    return figuresOf(runs)
  },
}

interface Run {
  rate: number
  cpu: number
}

function runOnce(name: string, isIndexed: boolean, url: string | undefined): Run {
  const hooks = isIndexed ? [] : ['--import', join(folder, 'without-index.ts')]
  const env = { ...process.env, STORE: name, ...(url !== undefined && { DATABASE_URL: url }) }
  const said = execFileSync(process.execPath, [...hooks, join(folder, 'append-run.ts')], { env, encoding: 'utf8' })
  return JSON.parse(said.trim().split('\n').at(-1) ?? '') as Run
}

function figuresOf(runs: readonly { with: Run; without: Run }[]): Figures {
  const ratios = runs.map((run) => run.with.rate / run.without.rate)
  return {
    with: median(runs.map((run) => run.with.rate)),
    without: median(runs.map((run) => run.without.rate)),
    ratio: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
    cpu: median(runs.map((run) => run.with.cpu / run.without.cpu)),
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}
