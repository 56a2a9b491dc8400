/** A node with one fault seeded, or one hardship: `PROOF_BUG=<name> node faulty-node.ts`. */
import { start } from '../../../src/server/compose.ts'
import { readConfig } from '../../../src/server/config.ts'
import { nodeBugs, nodeHardships } from './node-bugs.ts'

const { PROOF_BUG: name = '', ...environment } = process.env
const seed = nodeBugs[name]?.seed ?? nodeHardships[name]
if (!seed) throw new Error(`No fault is called ${name}.`)
seed()

const teahouse = await start(readConfig(environment))
console.log(`listening on ${teahouse.url}`)
if (teahouse.ownerLink) console.log(`become the owner of this teahouse: ${teahouse.ownerLink}`)
process.once('SIGTERM', () => void teahouse.close().then(() => process.exit(0)))
void teahouse.failed.then(() => process.exit(1))
