/** What every store must do so that typing a name gives no access to the data of another user. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ModerationAction, NewSession } from '../../../../src/server/store/store.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { provesBy, userNamed } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { ban, invitation, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

/** What Eve, a guest without a session, had and lost or left. */
const lost: Record<string, (fixture: StoreFixture) => Promise<unknown>> = {
  async 'a conversation that they have closed'(fixture) {
    const { room } = await conversation(fixture)
    await fixture.moderate(fixture.eve, { type: 'leave', room })
  },
  async 'a private room that they have left'(fixture) {
    await add(fixture, den)
    await fixture.moderate(fixture.eve, { type: 'leave', room: den })
  },
  async 'a private room that they were removed from'(fixture) {
    await add(fixture, den)
    await fixture.moderate(fixture.anna, { type: 'kick', room: den, user: fixture.eve.id })
  },
  async 'an invitation into a public room that they have left'(fixture) {
    await add(fixture, tea)
    await fixture.moderate(fixture.eve, { type: 'leave', room: tea })
  },
  async 'an invitation that an undo restores'(fixture) {
    await add(fixture, tea)
    await fixture.moderate(fixture.anna, { type: 'kick', room: tea, user: fixture.eve.id })
  },
  async 'a public room that they created and left'(fixture) {
    const { room } = await fixture.create(fixture.eve)
    await fixture.moderate(fixture.eve, { type: 'leave', room })
  },
  'a user whom they blocked': (fixture) =>
    fixture.moderate(fixture.eve, { type: 'block', user: fixture.bo.id, isOn: true }),
  'a moderator role lost by a kick': (fixture) =>
    afterModerating(fixture, { type: 'kick', room: tea, user: fixture.eve.id }),
  'a moderator role lost by a ban': (fixture) => afterModerating(fixture, ban(tea, fixture.eve)),
  'a moderator role lost by a role change': (fixture) =>
    afterModerating(fixture, { type: 'role', room: tea, user: fixture.eve.id, role: 'member' }),
}

export function verificationContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)
  const isVerified = ({ store }: StoreFixture) => provesBy(store, 'Eve')

  describe(`${backend.name} store, verification`, () => {
    it.for(Object.entries(lost))('a guest’s name is protected by %s (SECURITY-REVIEW 1)', async ([, lose], t) => {
      const fixture = await open(t)
      expect(await isVerified(fixture)).toBe(true)
      await lose(fixture)
      expect(await isVerified(fixture)).toBe(false)
    })
    it('a guest’s name is not protected by anything that gives no rights (SECURITY-REVIEW 1)', async (t) => {
      const fixture = await open(t)
      await fixture.store.rooms.join(fixture.eve.id, tea)
      await fixture.moderate(fixture.anna, { type: 'mute', room: tea, user: fixture.eve.id, until: Date.now() })
      await fixture.moderate(fixture.anna, { type: 'kick', room: tea, user: fixture.eve.id })
      expect(await isVerified(fixture)).toBe(true)
    })
    it('of simultaneous sign-ins with a new name the first is verified (SECURITY-REVIEW 14)', async (t) => {
      const { store } = await open(t)
      const guests = await Promise.all(Array.from({ length: 5 }, () => store.accounts.openGuest('Mo', 'mo')))
      const started = await Promise.all(guests.map((user) => store.sessions.start(newSession(user))))
      expect(started.map(({ session }) => session.isVerified)).toEqual([true, false, false, false, false])
    })
    it('typing your own name again keeps the session’s verification (SECURITY-REVIEW 14)', async (t) => {
      const { store } = await open(t)
      const user = await store.accounts.openGuest('Mo', 'mo')
      const first = await store.sessions.start(newSession(user))
      const typed = await store.sessions.start(newSession(user))
      const [again, typedAgain] = await Promise.all(
        [first, typed].map(({ session }) => store.sessions.start(newSession(user, { inPlaceOf: session }))),
      )
      expect([again?.session.isVerified, typedAgain?.session.isVerified]).toEqual([true, false])
      expect(again?.ended).toEqual([{ user, session: first.session.id }])
      const other = await store.accounts.openGuest('Li', 'li')
      const li = await store.sessions.start(newSession(other, { inPlaceOf: again?.session }))
      expect(li.ended, 'of whoever was signed in there').toEqual([{ user, session: again?.session.id }])
      expect((await store.sessions.list(user.id)).map(({ id }) => id)).toEqual([typedAgain?.session.id])
    })
    it('a cookie of a session that has ended verifies nobody, and ends no session that began since', async (t) => {
      const { store, bo } = await open(t)
      await store.accounts.setPassword({ userId: bo.id, skeleton: 'Bo', hash: 'hash' })
      const [mallory, victim] = await Promise.all(['Mallory', 'Victim'].map((name) => userNamed(store, name)))
      if (!mallory || !victim) throw new Error('There must be two users for this test to mean anything')
      const mine = (await store.sessions.start(newSession(victim))).session
      const theirs = (await store.sessions.start(newSession(mallory))).session
      // In one turn: the request that types the name has looked its cookie up before.
      const [, again, typed, password] = await Promise.all([
        store.sessions.end(theirs),
        store.sessions.start(newSession(victim, { inPlaceOf: mine })),
        store.sessions.start(newSession(victim, { inPlaceOf: theirs })),
        store.sessions.start(newSession(bo, { credential: { type: 'password', hash: 'hash' }, inPlaceOf: theirs })),
        store.sessions.end(theirs),
      ])
      expect([again.session.isVerified, typed.session.isVerified]).toEqual([true, false])
      expect([typed.ended, password.ended], 'what they replaced had ended').toEqual([[], []])
      const all = [mine, theirs, again.session, typed.session, password.session]
      expect(new Set(all.map(({ id }) => id)).size, 'each session has an id of its own').toBe(all.length)
      expect(await store.sessions.list(victim.id)).toHaveLength(2)
      expect(await store.sessions.list(bo.id)).toHaveLength(1)
    })
    it('a session is ended and replaced only as one of its own user', async (t) => {
      const { store, bo } = await open(t)
      const other = await userNamed(store, 'Mallory')
      const { session } = await store.sessions.start(newSession(bo))
      const forged = { id: session.id, user: other }
      await store.sessions.end(forged)
      const { ended } = await store.sessions.start(newSession(other, { inPlaceOf: forged }))
      expect(ended).toEqual([])
      expect((await store.sessions.list(bo.id)).map(({ id }) => id)).toEqual([session.id])
    })
    it('a browser that verified a guest before verifies them again after they signed out', async (t) => {
      const fixture = await open(t)
      const { store, eve } = fixture
      const deviceHash = randomBytes(32)
      const first = await store.sessions.start(newSession(eve, { deviceHash }))
      await add(fixture, den)
      await store.sessions.end(first.session)
      const other = await store.sessions.start(newSession(eve, { deviceHash: randomBytes(32) }))
      const again = await store.sessions.start(newSession(eve, { deviceHash }))
      expect([first, other, again].map(({ session }) => session.isVerified)).toEqual([true, false, true])
      await store.sessions.forgetDevice(deviceHash)
      const forgotten = await store.sessions.start(newSession(eve, { deviceHash }))
      expect(forgotten.session.isVerified).toBe(false)
    })
    it('a browser that used a free name before does not verify it once another user has it', async (t) => {
      const { store, eve } = await open(t)
      const [before, now] = [randomBytes(32), randomBytes(32)]
      await store.sessions.end((await store.sessions.start(newSession(eve, { deviceHash: before }))).session)
      const taken = await store.sessions.start(newSession(eve, { deviceHash: now }))
      const late = await store.sessions.start(newSession(eve, { deviceHash: before }))
      expect([taken.session.isVerified, late.session.isVerified]).toEqual([true, false])
      await store.sessions.end(taken.session)
      expect((await store.sessions.start(newSession(eve, { deviceHash: now }))).session.isVerified).toBe(true)
    })
    it('a claimed name is not verified by a browser that the guest used', async (t) => {
      const { store, eve } = await open(t)
      const deviceHash = randomBytes(32)
      await store.sessions.start(newSession(eve, { deviceHash }))
      await store.accounts.setPassword({ userId: eve.id, skeleton: 'Eve', hash: 'hash' })
      await expect(store.sessions.start(newSession(eve, { deviceHash }))).rejects.toMatchObject({ code: 'name-taken' })
    })
    it('an admin signs a guest out everywhere, and no browser verifies the name any more', async (t) => {
      const fixture = await open(t)
      const { store, ada, eve } = fixture
      await add(fixture, den)
      const deviceHash = randomBytes(32)
      const user = { ...eve }
      const { session } = await store.sessions.start(newSession(user, { deviceHash, credential: { type: 'store' } }))
      const { effects } = await fixture.moderate(ada, { type: 'forget-devices', user: eve.id })
      expect(effects).toEqual([{ type: 'sessions-ended', ended: [{ user, session: session.id }] }])
      expect(await store.sessions.list(eve.id)).toEqual([])
      expect((await store.sessions.start(newSession(eve, { deviceHash }))).session.isVerified).toBe(false)
      expect((await fixture.actions())[0]).toMatchObject({ type: 'forget-devices', by: ada, user, undoable: false })
    })
    it('an account has no browsers that an admin could forget', async (t) => {
      const fixture = await open(t)
      await fixture.claim(fixture.bo)
      const forget = fixture.moderate(fixture.ada, { type: 'forget-devices', user: fixture.bo.id })
      await expect(forget).rejects.toMatchObject({ code: 'forbidden' })
    })
    it('browsers beyond 20, or not seen for long, no longer verify a guest', async (t) => {
      const fixture = await open(t)
      const { store, eve } = fixture
      await add(fixture, den)
      const devices = Array.from({ length: 21 }, () => randomBytes(32))
      for (const [at, deviceHash] of devices.entries())
        await store.sessions.start(newSession(eve, { deviceHash, at, credential: { type: 'store' } }))
      for (const { id } of await store.sessions.list(eve.id)) await store.sessions.end({ id, user: eve })
      await store.sessions.forgetDevicesBefore(20)
      const started = []
      for (const deviceHash of [devices[0], devices[19], devices[20]])
        started.push((await store.sessions.start(newSession(eve, { deviceHash }))).session.isVerified)
      expect(started).toEqual([false, false, true])
    })
    it('a password that was replaced starts no session, even when it was checked before (SECURITY-REVIEW 5)', async (t) => {
      const { store, bo } = await open(t)
      await store.accounts.setPassword({ userId: bo.id, skeleton: 'Bo', hash: 'old' })
      const signIns = (hash: string) =>
        Array.from({ length: 5 }, () =>
          store.sessions.start(newSession(bo, { credential: { type: 'password', hash } })),
        )
      // All of them were right when they were looked at; the change comes in between.
      const before = signIns('old')
      const changing = store.accounts.setPassword({ userId: bo.id, skeleton: 'Bo', hash: 'new' })
      const after = await Promise.allSettled(signIns('old'))
      const stood = await Promise.all(before)
      expect(after.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(Array(5).fill('bad-field'))
      expect((await changing).map(({ session }) => session)).toEqual(stood.map(({ session }) => session.id))
      expect(await store.sessions.list(bo.id)).toEqual([])
      await Promise.all(signIns('new'))
      expect(await store.sessions.list(bo.id)).toHaveLength(5)
    })
    it('a typed name starts no session once a confusable name is claimed (SECURITY-REVIEW 5)', async (t) => {
      const { store } = await open(t)
      const [mo, alike] = [await store.accounts.openGuest('Mo', 'mo'), await store.accounts.openGuest('MO', 'mo')]
      await store.accounts.setPassword({ userId: alike.id, skeleton: 'mo', hash: 'hash' })
      await expect(store.sessions.start(newSession(mo))).rejects.toMatchObject({ code: 'name-taken' })
      expect(await store.sessions.list(mo.id)).toEqual([])
    })
    it('a link admits a verified new guest and refuses an unverified one (SECURITY-REVIEW 14)', async (t) => {
      const fixture = await open(t)
      const { store } = fixture
      const link = { ...invitation(den), uses: 5 }
      await fixture.moderate(fixture.anna, link)
      const mo = await store.accounts.openGuest('Mo', 'mo')
      const join = () => {
        const session = { ...newSession(mo), isVerificationRequired: true }
        return store.invitations.join({ tokenHash: link.tokenHash, userId: mo.id, at: Date.now(), session })
      }
      const joined = await Promise.allSettled([join(), join()])
      expect(joined.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
      expect(joined[1]).toMatchObject({ reason: { code: 'name-taken' } })
      expect((await store.sessions.list(mo.id)).map(({ isVerified }) => isVerified)).toEqual([true])
      expect(await store.invitations.list(den, Date.now())).toMatchObject([{ usesLeft: 4 }])
    })
  })
}

function newSession(user: User, more: Partial<NewSession> = {}): NewSession {
  return { tokenHash: randomBytes(32), user, at: Date.now(), ...more }
}

function conversation(fixture: StoreFixture) {
  return fixture.create(fixture.bo, { kind: 'direct', address: '~talk', name: '', users: [fixture.eve.id] })
}

function add(fixture: StoreFixture, room: string) {
  return fixture.moderate(fixture.anna, { type: 'add', room, users: [fixture.eve.id] })
}

/** Only the audit log has Eve's role: they joined by themselves, and nobody added them. */
async function afterModerating(fixture: StoreFixture, content: ModerationAction): Promise<void> {
  await fixture.store.rooms.join(fixture.eve.id, tea)
  await fixture.moderate(fixture.anna, { type: 'role', room: tea, user: fixture.eve.id, role: 'moderator' })
  await fixture.moderate(fixture.anna, content)
}
