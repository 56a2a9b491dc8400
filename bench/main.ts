/** `npm run bench` measures everything, `npm run bench -- saturated idle` some of it; each beside its peers, in turn. */
import { execFile } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Benchmark, Figures } from './benchmark.ts'
import { benchmarks } from './runs/all.ts'

const oneRun = join(import.meta.dirname, 'one-run.ts')
const run = promisify(execFile)

const names = process.argv.slice(2)
const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
if (unknown.length) {
  console.error(
    `There is no benchmark ${unknown.join(', ')}. There are ${benchmarks.map(({ name }) => name).join(', ')}.`,
  )
  process.exit(1)
}
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}`)
for (const benchmark of benchmarks) if (!names.length || names.includes(benchmark.name)) await measure(benchmark)

async function measure(benchmark: Benchmark): Promise<void> {
  const measured = new Map<string, Figures[]>(benchmark.targets.map(({ name }) => [name, []]))
  for (let round = 0; round < benchmark.rounds; round++) {
    // In turn, so that a machine that slows down slows them all down.
    for (const [name, figures] of measured) {
      const { stdout } = await run(process.execPath, [oneRun, benchmark.name, name])
      figures.push(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
    }
  }
  console.log(`\n${benchmark.name}: ${benchmark.about} Median (lowest to highest) of ${benchmark.rounds}.`)
  for (const { key, label, decimals } of benchmark.figures) {
    const columns = [...measured].map(([name, figures]) => `${name} ${spread(figures, key, decimals)}`)
    console.log(`  ${label}: ${columns.join(' | ')}`)
  }
}

function spread(figures: Figures[], key: string, decimals: number): string {
  const sorted = figures.map((one) => one[key] ?? Number.NaN).sort((a, b) => a - b)
  const [least, median, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)]
  return `${median?.toFixed(decimals)} (${least?.toFixed(decimals)} to ${most?.toFixed(decimals)})`
}
