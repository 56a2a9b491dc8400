/** A separate process that attacks one resource until it is stopped, and then reports the number of attempts. */
import { setPriority } from 'node:os'
import { attacks, type Target } from './resources.ts'

const [resource = '', target = '{}'] = process.argv.slice(2)
const attack = attacks[resource]
if (!attack) throw new Error(`No attack is called ${resource}.`)
// A guest attacks from a machine of their own: their own work takes no processor time from the server or from its users.
setPriority(19)

const stop = new AbortController()
const tally = { tried: 0, refused: 0 }
process.once('message', () => stop.abort())
process.send?.('begun')
void attack(JSON.parse(target) as Target, tally, stop.signal)
stop.signal.addEventListener('abort', () => process.send?.({ ...tally }, () => process.exit()))
