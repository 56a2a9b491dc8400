/** `docs/benchmarks.md`: one section for each benchmark, in their order, each replaced when it is measured anew. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchmarks } from './runs/all.ts'

const path = join(import.meta.dirname, '../docs/benchmarks.md')

const introduction = `# Measurements

\`npm run bench\` measures everything, \`npm run bench -- saturated\` one thing; both write this page. What stands beside each
other was measured in the same run: the targets take turns, several rounds long, each run with a new server. The figures are
medians, with the smallest and the largest of the rounds behind them. A run in which a single delivery is missing fails.

Server and load are processes of their own on one machine, and nobody is pinned to a core. The load speaks raw TCP
(\`bench/load/line.ts\`), because a WebSocket library there would be a large part of what is measured. The processor time is
that of all the server's threads, from \`/proc\`: the figure that other work on the machine disturbs least. All messages have
100 characters. The data lie on a disk, not in memory. The peers are in \`bench/peers/\`: the server of the tutorial on today's
\`ws\` (\`clients.forEach(send)\`) and Socket.IO over WebSocket only. They store nothing; Teahouse stores every message before
it acknowledges it.`

export function writeSection(name: string, section: string): void {
  const sections = existsSync(path) ? read() : new Map<string, string>()
  sections.set(name, section)
  const known = benchmarks.filter((one) => sections.has(one.name))
  const parts = [introduction, ...known.map((one) => `## ${one.name}\n\n${sections.get(one.name)}`)]
  writeFileSync(path, `${parts.join('\n\n')}\n`)
}

function read(): Map<string, string> {
  const parts = readFileSync(path, 'utf8').split(/^## /m).slice(1)
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n')).trim()]))
}
