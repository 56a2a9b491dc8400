import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { password, Visitor, visitorNamed } from '../../../support/clients/visitor.ts'
import { startServer, type TestServer } from '../../../support/server/server.ts'
import { type Battery, premise, type Size, Tally } from '../../battery.ts'

const rounds: Readonly<Record<Size, number>> = { smallest: 1, short: 3, long: 40 }
const atOnce = 5
const other = 'another pot of oolong'

export default {
  what: 'Abandoned names, passwords that are being changed, and new names typed by several users at once: no user gets the account of another (SECURITY-REVIEW 1, 5, 14).',
  atLeast: { smallest: 10, short: 40, long: 500 },

  async run(size, t) {
    const tally = new Tally()
    const server = await startServer(t, { RATE_LIMITS: 'off', TRUST_PROXY: '127.0.0.1' })
    for (let round = 0; round < rounds[size]; round++) {
      await typeTheNameOfOneWhoLeft(server, round, tally)
      await signInDuringAChange(server, round, tally)
      await typeANewNameAtOnce(server, round, tally)
    }
    return tally
  },
} satisfies Battery

/** Each round comes from another network: guesses of one are slowed. */
function from(round: number): Record<string, string> {
  return { 'X-Forwarded-For': `198.51.100.${round + 1}` }
}

async function typeTheNameOfOneWhoLeft(server: TestServer, round: number, tally: Tally): Promise<void> {
  const [anna, bo] = [await visitorNamed(server, `Anna ${round}`), await visitorNamed(server, `Bo ${round}`)]
  const [annas, bos] = [await anna.connect(), await bo.connect()]
  const { user } = await bos.next('welcome')
  const ofAnna = (await annas.next('welcome')).user
  await Promise.all([annas.open('lobby'), bos.open('lobby')])
  // By their keys: each also hears of the room that the other has made.
  bos.send({ type: 'create', key: 'talk', kind: 'direct', users: [ofAnna.id] })
  annas.send({ type: 'create', key: 'den', kind: 'private', name: 'Den', users: [user.id] })
  const talk = String((await bos.nextWhere(({ key }) => key === 'talk')).room)
  const den = String((await annas.nextWhere(({ key }) => key === 'den')).room)
  for (const room of [talk, den]) {
    await bos.open(room)
    await bos.say(room, 'for Anna only')
    await annas.ask({ type: 'leave', key: `leave ${room}`, room }, 'done')
  }
  await anna.post('/signout')
  premise((await anna.isIn()) === false, 'Anna is still signed in')

  const chat = await (await visitorNamed(server, `Anna ${round}`)).connect()
  premise((await chat.next('welcome')).user.id === ofAnna.id, 'the name makes another user')
  chat.send({ type: 'create', key: 'again', kind: 'direct', users: [user.id] })
  const made = await chat.nextWhere(({ key }) => key === 'again')
  tally.count(made.type === 'error', 'a conversation of before is begun again by a typed name')
  await bos.say(talk, 'are you there?')
  for (const room of [talk, den]) {
    chat.send({ type: 'open', room })
    const opened = await chat.nextWhere((frame) => frame.room === room)
    tally.count(opened.code === 'no-such-room', `${room} is opened by a typed name`)
  }
  await chat.settle()
  tally.count(!JSON.stringify(chat.received).includes('for Anna only'), 'what was private is read by a typed name')
}

async function signInDuringAChange(server: TestServer, round: number, tally: Tally): Promise<void> {
  const name = `Olga ${round}`
  const olga = await visitorNamed(server, name, from(round))
  premise((await olga.post('/account/password', { password })).status === 303, `${name} could not be claimed`)
  const thieves = Array.from({ length: atOnce }, () => new Visitor(server, from(round)))
  const change = () => olga.post('/account/password', { current: password, password: other })
  const during = Promise.all(thieves.map((thief) => thief.post('/signin', { name, password })))
  let changed = await change()
  await during
  // A busy machine refuses a password that would wait for too long.
  while (changed.status === 429 || changed.status === 503) changed = await change()
  premise(changed.status === 303, `the password is not changed: ${changed.status}`)
  premise(await olga.isIn(), 'the user who changed the password is signed out')
  for (const thief of thieves) tally.count(!(await thief.isIn()), 'a session of the old password has survived')
}

async function typeANewNameAtOnce(server: TestServer, round: number, tally: Tally): Promise<void> {
  const name = `Mo ${round}`
  const visitors = Array.from({ length: atOnce }, () => new Visitor(server))
  await Promise.all(visitors.map((visitor) => visitor.post('/signin', { name })))
  const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'), { readOnly: true })
  const sessions = database
    .prepare('select is_verified from sessions join users on users.id = user_id where name = ? order by sessions.id')
    .all(name)
    .map(({ is_verified }) => is_verified)
  database.close()
  premise(sessions.length === atOnce, `${sessions.length} of ${atOnce} signed in`)
  for (const [i, isVerified] of sessions.entries()) {
    tally.count(
      isVerified === Number(i === 0),
      `the session ${i + 1} of a new name is ${isVerified ? '' : 'not '}verified`,
    )
  }
}
