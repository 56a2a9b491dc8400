/** `npx teahouse` as a process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { compileCache } from '../support/run/environment.ts'
import { root } from '../support/run/sources.ts'
import type { Ending, Settings } from './cli.ts'

const teahouse = [process.execPath, join(root, 'src/server/cli/main.ts')]

/** Starts it with these settings and no others. */
export async function runProgram(words: string[], settings: Settings, program = teahouse): Promise<Ending> {
  const [file = '', ...first] = program
  const env = { PATH: process.env.PATH ?? '', ...compileCache(), ...settings }
  const child = spawn(file, [...first, ...words], { env, cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr }
}
