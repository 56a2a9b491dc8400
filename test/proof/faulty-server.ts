/** The server with one fault seeded, or one hardship: `node --import ./faulty-writer.ts faulty-server.ts <name>`. */

import { start } from '../../src/server/compose.ts'
import { readConfig } from '../../src/server/config.ts'
import { bugs, hardships } from './bugs.ts'

const name = process.env.PROOF_BUG ?? ''
const isKnown = bugs[name] || hardships[name] || name === 'synchronous=NORMAL'
if (!isKnown) throw new Error(`No fault is called ${name}.`)
;(bugs[name]?.seed ?? hardships[name])?.()

const teahouse = await start(readConfig(process.env))
console.log(`listening on ${teahouse.url}`)
process.once('SIGTERM', () => void teahouse.close().then(() => process.exit(0)))
void teahouse.failed.then(() => process.exit(1))
