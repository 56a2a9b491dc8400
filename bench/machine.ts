/** Where and with what something was measured. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

export function when(): string {
  return new Date().toISOString().slice(0, 16).replace('T', ' ')
}

export function where(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  const packages = ['ws', 'socket.io'].map((name) => `${name} ${versionOf(name)}`)
  return [
    `${cpus().length} cores of ${cpus()[0]?.model.trim()}`,
    `${gigabytes} GB`,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
    ...packages,
    `commit ${commit()}`,
  ].join(', ')
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
}

/** With a plus when files of the server differ from it. */
function commit(): string {
  const git = (...command: string[]) => execFileSync('git', ['-C', root, ...command], { encoding: 'utf8' }).trim()
  const isChanged = git('status', '--porcelain', '--', 'src/server', 'src/shared') !== ''
  return git('rev-parse', '--short', 'HEAD') + (isChanged ? '+' : '')
}
