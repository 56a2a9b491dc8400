/** Makes the thousands of processes of the tests cheaper to start. */
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const memory = '/dev/shm'
const leastFreeBytes = 2 * 1024 ** 3

/** Sets the environment of this process and of all that it starts. Call it before the first. */
export function prepareEnvironment(): void {
  // Each server strips and compiles its modules once for each of its threads.
  process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../../../node_modules/.cache/teahouse-compiled')
  const folder = mkdtempSync(join(isRoomInMemory() ? memory : tmpdir(), 'teahouse-tests-'))
  process.env.TMPDIR = folder
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
}

/** The variables that a process with a separate environment needs, too. */
export function compileCache(): Record<string, string> {
  const { NODE_COMPILE_CACHE } = process.env
  return NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE } : {}
}

/** A folder in memory, where a commit does not wait for a disk. In a container it may be too small. */
function isRoomInMemory(): boolean {
  if (process.platform !== 'linux' || !existsSync(memory)) return false
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize >= leastFreeBytes
}
