#!/usr/bin/env node
/** `npx teahouse`. */
import { loadDotEnv } from '../dot-env.ts'
import { runCommand } from './run.ts'

try {
  // As the server does: SQLite may make its files anew.
  process.umask(0o077)
  loadDotEnv(process.env)
  const printed = await runCommand(process.argv.slice(2), process.env, {
    result: (text) => process.stdout.write(text),
    progress: (text) => process.stderr.write(text),
  })
  process.stdout.write(printed)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
