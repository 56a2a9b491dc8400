/** `node test/attack/main.ts [--smallest | --short] [battery …]`: attacks its own server and prints the results. */
import { cpus } from 'node:os'
import { allBatteries, attack, type Result } from './battery.ts'
import { details, table } from './report.ts'

async function run(words: string[]): Promise<void> {
  const size = words.includes('--smallest') ? 'smallest' : words.includes('--short') ? 'short' : 'long'
  const names = words.filter((word) => !word.startsWith('--'))
  const batteries = await allBatteries()
  const unknown = names.filter((name) => !batteries.has(name))
  if (unknown.length) throw new Error(`Unknown: ${unknown.join(', ')}. There are ${[...batteries.keys()].join(', ')}.`)
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${new Date().toISOString()}`)
  const results: Result[] = []
  for (const [name, battery] of batteries) {
    if (names.length && !names.includes(name)) continue
    console.log(`\n${name}: ${battery.what}`)
    const began = performance.now()
    const result = await attack(name, battery, size)
    const seconds = ((performance.now() - began) / 1_000).toFixed(1)
    console.log([details(result), `${name}: ${seconds} s`].filter(Boolean).join('\n'))
    results.push(result)
  }
  console.log(`\n${table(results)}`)
  process.exitCode = results.some(({ failed }) => failed.length > 0) ? 1 : 0
}

if (import.meta.main) {
  // A process that a signal ends takes nothing away; one that exits does.
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
  run(process.argv.slice(2)).catch((error: Error) => {
    console.error(error)
    process.exitCode = 1
  })
}
