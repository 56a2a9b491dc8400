/** `node test/proof/main.ts [--long] [fault …]`: does the faults and prints what came of them. */
import { cpus, loadavg } from 'node:os'
import { mapConcurrently } from '../support/run/map-concurrently.ts'
import { faults } from './faults.ts'
import { details, type Fault, hasFailed, type Result, table } from './result.ts'

const shortOnesAtOnce = 4

async function run(words: string[]): Promise<void> {
  const isLong = words.includes('--long')
  const names = words.filter((word) => word !== '--long').flatMap(expand)
  const unknown = names.filter((name) => !faults[name])
  if (unknown.length) throw new Error(`Unknown: ${unknown.join(', ')}. There are ${Object.keys(faults).join(', ')}.`)
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${new Date().toISOString()}`)
  const chosen = Object.entries(faults).filter(([name]) => !names.length || names.includes(name))
  // The long form measures as well, so there nothing else may run beside it.
  const results = (await mapConcurrently(chosen, isLong ? 1 : shortOnesAtOnce, (one) => report(one, isLong))).flat()
  console.log(`\n${table(results)}`)
  process.exitCode = results.some(hasFailed) ? 1 : 0
}

/** `cluster` stands for all faults of several nodes. */
function expand(name: string): string[] {
  return name === 'cluster' ? Object.keys(faults).filter((fault) => fault.startsWith('cluster-')) : [name]
}

async function report([name, fault]: [string, Fault], isLong: boolean): Promise<Result[]> {
  const load = loadavg()[0]?.toFixed(2)
  const started = performance.now()
  const results = await (isLong ? fault.long() : fault.short())
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  console.log(`\n${name}: ${seconds} s, load before ${load}`)
  for (const result of results) console.log(details(result))
  return results
}

if (import.meta.main) {
  // A process that a signal ends takes nothing away; one that exits does.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
  run(process.argv.slice(2)).catch((error: Error) => {
    console.error(error)
    process.exitCode = 1
  })
}
