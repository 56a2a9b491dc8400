import { createPasswords, TooBusy } from '../../../../src/server/auth/passwords.ts'
import { memberNamed, password, Visitor, visitorNamed } from '../../../support/clients/visitor.ts'
import { startServer } from '../../../support/server/server.ts'
import { type Battery, premise, type Size, Tally } from '../../battery.ts'

const claims: Readonly<Record<Size, number>> = { smallest: 8, short: 60, long: 600 }
const others: Readonly<Record<Size, number>> = { smallest: 2, short: 6, long: 25 }

export default {
  what: 'Guests of one network who all claim their names at once: users of other networks can sign in, after waiting for a few hashes at most (SECURITY-REVIEW 13).',
  atLeast: { smallest: 4, short: 15, long: 50 },

  async run(size, t) {
    const tally = new Tally()
    const server = await startServer(t, { TRUST_PROXY: '127.0.0.1' })
    await memberNamed(server, 'Anna')
    const flood = { 'X-Forwarded-For': '203.0.113.9' }
    const guests = await Promise.all(
      Array.from({ length: claims[size] }, (_, i) => visitorNamed(server, `Guest ${i}`, flood).catch(() => undefined)),
    )
    const claiming = Promise.all(guests.map((guest) => guest?.post('/account/password', { password: `${password} 2` })))
    for (let i = 0; i < others[size]; i++) {
      const anna = new Visitor(server, { 'X-Forwarded-For': `198.51.100.${i + 1}` })
      const { status } = await anna.post('/signin', { name: 'Anna', password })
      tally.count(status === 303, `a sign-in from another network was answered with ${status}`)
    }
    for (const answer of await claiming) {
      const isTold = answer?.status !== 503 || Number(answer.headers['retry-after']) > 0
      if (answer) tally.count(isTold, 'a claim that was refused does not say how long to wait')
    }
    await countTurns(tally, size === 'smallest' ? 12 : 60)
    return tally
  },
} satisfies Battery

/** How many sign-ins of the flood are served before a later one of another network. */
async function countTurns(tally: Tally, count: number): Promise<void> {
  const passwords = createPasswords()
  let done = 0
  // On a busy machine the last of them wait for too long, and are told so.
  const refused = (error: unknown) => premise(error instanceof TooBusy, `a hash failed: ${error}`)
  const flood = Array.from({ length: count }, () => passwords.hash(password, 'flood').then(() => void done++, refused))
  await passwords.hash(password, 'another')
  tally.count(done <= 5, `one of another network waited for ${done} hashes`)
  tally.notes.push(`one of another network waited for ${done} of ${count} hashes`)
  await Promise.all(flood)
}
