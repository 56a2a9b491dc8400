/** Logs 100,000 lines of 1,000 bytes, prints how many were dropped and how much memory is in use, and ends. */
import { setTimeout } from 'node:timers/promises'
import { createLog } from '../../../src/server/log.ts'

const log = createLog('debug')
for (let i = 0; i < 1000; i++) {
  for (let j = 0; j < 100; j++) log.debug({}, 'x'.repeat(930))
  await setTimeout(0)
}
await log.flush(50)
console.log(JSON.stringify({ dropped: log.dropped, heldBytes: process.memoryUsage().arrayBuffers }))
process.exit(0)
