/** `npm test`: the tests, and beside them the checks of style and types, which use one processor only. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')

const check = spawn('npm', ['run', '--silent', 'check'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
const said: Buffer[] = []
for (const output of [check.stdout, check.stderr]) output.on('data', (data) => said.push(data))
const checked = once(check, 'close')
const tests = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
const [[checkCode], [testCode]] = await Promise.all([checked, once(tests, 'close')])
if (checkCode !== 0) process.stderr.write(Buffer.concat([Buffer.from('\nnpm run check failed:\n'), ...said]))
process.exitCode = checkCode || testCode === null || testCode ? 1 : 0
