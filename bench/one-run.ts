/** One run of one benchmark against one target: `node bench/one-run.ts saturated Teahouse`. Prints its figures as JSON. */
import { benchmarks } from './runs/all.ts'

const [name, targetName] = process.argv.slice(2)
const benchmark = benchmarks.find((one) => one.name === name)
const target = benchmark?.targets.find((one) => one.name === targetName)
if (!benchmark || !target) throw new Error(`There is no benchmark ${name} with ${targetName}.`)
const figures = await benchmark.run(target)
console.log(JSON.stringify(figures))
process.exit(0)
