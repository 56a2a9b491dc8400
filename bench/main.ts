/**
 * `npm run bench` measures everything, `npm run bench -- saturated quiet` only that, and `search` also `search-languages` and
 * `search-appends`; `--rounds 3` changes how often. Prints
 * tables, and replaces the sections of `docs/benchmarks.md` that were measured anew.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Benchmark, Figures } from './benchmark.ts'
import { writeSection } from './document.ts'
import { type Round, report } from './report.ts'
import { benchmarks } from './runs/all.ts'

/** As many open files as one may have: a run needs up to 15,000 in the server and as many in the load. */
const withFiles = 'ulimit -n 100000 2>/dev/null || ulimit -n $(ulimit -Hn); exec "$@"'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string' } } })
const unknown = positionals.filter((name) => !benchmarks.some((one) => one.name === name))
if (unknown.length) {
  console.error(`There is no ${unknown.join(', ')}. There are ${benchmarks.map(({ name }) => name).join(', ')}.`)
  process.exit(1)
}

for (const benchmark of benchmarks) {
  const isWanted = positionals.some((name) => benchmark.name === name || benchmark.name.startsWith(`${name}-`))
  if (positionals.length && !isWanted) continue
  console.log(`\n${benchmark.name}: ${benchmark.about}`)
  const rounds = await measure(benchmark, Number(values.rounds ?? benchmark.rounds))
  const section = report(benchmark, rounds)
  console.log(`\n${section}`)
  writeSection(benchmark.name, section)
}

/** Each round measures every target once, so that they share whatever else the machine is doing. */
async function measure(benchmark: Benchmark, rounds: number): Promise<Round[]> {
  const measured: Round[] = []
  for (let i = 0; i < rounds; i++) {
    const round: Round = { load: loadavg()[0] ?? 0, figures: {} }
    // The one that goes first changes: nobody always comes after the same neighbour.
    const targets = benchmark.targets.map((_, j, all) => all[(i + j) % all.length] as (typeof all)[number])
    for (const { name } of targets) {
      const figures = await run(benchmark.name, name)
      round.figures[name] = figures
      console.log(`${i + 1}/${rounds} ${name}: ${JSON.stringify(figures)}`)
    }
    measured.push(round)
  }
  return measured
}

/** @throws Error when the run fails: a figure of a run that is not whole means nothing */
async function run(name: string, target: string): Promise<Figures> {
  const program = fileURLToPath(new URL('./one-run.ts', import.meta.url))
  const child = spawn('sh', ['-c', withFiles, 'sh', process.execPath, program, name, target], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`${name} with ${target} failed.`)
  return JSON.parse(said.trim().split('\n').at(-1) ?? '') as Figures
}
