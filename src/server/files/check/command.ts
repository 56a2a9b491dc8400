/** Asks a command of the operator: exit code 0 for a clean file, 1 for one that is refused, as clamdscan has them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setPriority } from 'node:os'
import { type Scan, ScannerFault } from './scanner.ts'

const lowestPriority = 19
/** Nothing else of the server's environment, which has its secrets. */
const passedOn = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'SystemRoot']

/** @param words the command and its arguments; the path of the file is the last one */
export function scanWithCommand([command = '', ...words]: readonly string[]): Scan {
  return async (path, signal) => {
    signal.throwIfAborted()
    // A group of its own, so that what it has started ends with it.
    const child = spawn(command, [...words, path], { stdio: 'ignore', detached: true, env: environment() })
    const stop = () => kill(child.pid)
    signal.addEventListener('abort', stop)
    try {
      const ended = once(child, 'exit')
      lower(child.pid)
      const [code, by] = await ended
      if (code === 0) return { type: 'clean' }
      if (code === 1) return { type: 'refused' }
      throw new ScannerFault(code === null ? `The command was ended by ${by}.` : `The command ended with ${code}.`)
    } catch (error) {
      throw error instanceof ScannerFault ? error : new ScannerFault('The command cannot be run.', { cause: error })
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}

function environment(): Record<string, string> {
  return Object.fromEntries(passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

function lower(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, lowestPriority)
  } catch {
    // It has ended already.
  }
}

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
