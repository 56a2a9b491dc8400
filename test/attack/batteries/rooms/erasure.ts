import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { patienceMs } from '../../../support/run/timeouts.ts'
import { filesWith } from '../../../support/server/data-bytes.ts'
import { startServer } from '../../../support/server/server.ts'
import { type Battery, premise, Tally } from '../../battery.ts'

const rounds = { smallest: 1, short: 1, long: 20 }

export default {
  what: 'Texts deleted by their authors while others write: no byte of them is left in the data folder.',
  atLeast: { smallest: 1, short: 1, long: 20 },

  async run(size, t) {
    const tally = new Tally()
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const [anna, bo] = await Promise.all([
      (await server.signIn('Anna')).connect(),
      (await server.signIn('Bo')).connect(),
    ])
    for (const chat of [anna, bo]) await chat.open('lobby')
    for (let round = 0; round < rounds[size]; round++) {
      const secret = `secret-${randomUUID()}`
      const ref = await anna.say('lobby', secret)
      for (let i = 0; i < 20; i++) await bo.say('lobby', `between ${i}`)
      await anna.ask({ type: 'edit', room: 'lobby', key: randomUUID(), ref, data: `${secret}, edited` }, 'sent')
      premise(filesWith(server.dataDir, secret).length > 0, 'what is searched for was never there')
      await anna.ask({ type: 'delete', room: 'lobby', key: randomUUID(), ref }, 'sent')
      const left = await filesLeft(server.dataDir, secret)
      tally.count(left.length === 0, `a deleted text is still in ${left.join()}`)
    }
    return tally
  },
} satisfies Battery

/** The WAL is emptied soon, not at once. */
async function filesLeft(folder: string, text: string): Promise<string[]> {
  const end = Date.now() + patienceMs
  for (;;) {
    const files = filesWith(folder, text)
    if (!files.length || Date.now() > end) return files
    await setTimeout(100)
  }
}
