/** `docs/benchmarks.md`: one section for each benchmark, in their order, each replaced when it is measured anew. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchmarks } from './runs/all.ts'

const path = join(import.meta.dirname, '../docs/benchmarks.md')

const introduction = `# Measurements

\`npm run bench\` runs all measurements, \`npm run bench -- saturated\` one of them; both write this page. The line under each table names the
date and the commit that its figures describe; the program has changed since.

- Figures in one table come from the same run. The targets take turns for several rounds, each with a new server. Figures are medians, with the smallest
  and the largest round in brackets. A run fails if a single delivery is missing.
- Server and load are separate processes on one machine, not pinned to cores. The load speaks raw TCP (\`bench/load/raw-socket.ts\`), because a WebSocket
  library would be a large part of what is measured.
- Processor time is that of all threads of the server, from \`/proc\`. Other work on the machine disturbs it least.
- Messages have 100 characters. The data is on a disk, not in memory.
- The peers are in \`bench/peers/\`: the server of the \`ws\` tutorial (\`clients.forEach(send)\`) and Socket.IO over WebSocket only. They store nothing.
  Teahouse stores every message before it acknowledges it.`

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
