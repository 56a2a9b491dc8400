/** What makes the processes of the tests cheaper to start: there are thousands. */
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const memory = '/dev/shm'
const leastFreeBytes = 2 * 1024 ** 3

/** For this process and all that it starts, before it starts any. */
export function prepareEnvironment(): void {
  // Each server strips and compiles its modules once for each of its threads.
  process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../../node_modules/.cache/teahouse-compiled')
  const folder = mkdtempSync(join(isRoomInMemory() ? memory : tmpdir(), 'teahouse-tests-'))
  process.env.TMPDIR = folder
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
}

/** What a process that is given an environment of its own has to be given besides. */
export function compileCache(): Record<string, string> {
  const { NODE_COMPILE_CACHE } = process.env
  return NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {}
}

/** A commit waits for the disk: in memory there is nothing to wait for. In a container that folder may be small. */
function isRoomInMemory(): boolean {
  if (process.platform !== 'linux' || !existsSync(memory)) return false
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize >= leastFreeBytes
}
