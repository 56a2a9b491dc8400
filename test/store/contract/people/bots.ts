/** What every store must do for bots and webhooks. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { confusableSkeleton } from '../../../../src/server/auth/confusables.ts'
import { noDrawing } from '../../../../src/shared/avatars.ts'
import { forever } from '../../../../src/shared/durations.ts'
import { botSession } from '../../../../src/shared/protocol/bots.ts'
import { viewer } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { ban, inAnHour, newBot, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const forbidden = { code: 'forbidden' }
const taken = { code: 'name-taken' }
const noRoom = { code: 'no-such-room' }

export function botsContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)
  const at = () => Date.now()

  async function withBot(t: Parameters<Backend['place']>[0], more: Parameters<typeof newBot>[0] = {}) {
    const fixture = await open(t)
    const bot = newBot(more)
    const { user } = await fixture.store.bots.add({ ...bot, at: at() })
    return { fixture, bot, user }
  }

  describe(`${backend.name} store, bots`, () => {
    it('are found by their token, also after a restart, and by no other', async (t) => {
      const { fixture, bot, user } = await withBot(t, { canWrite: false })
      expect(user).toMatchObject({ bot: true, image: noDrawing })
      await fixture.reopen()
      expect(await fixture.store.bots.find(bot.tokenHash)).toEqual({
        user,
        role: 'member',
        canWrite: false,
        canViewPublic: true,
      })
      expect(await fixture.store.bots.find(randomBytes(32))).toBeUndefined()
      expect(await fixture.store.bots.findHook(bot.tokenHash)).toBeUndefined()
      expect(await fixture.store.bots.list()).toMatchObject([{ user, isRevoked: false, canWrite: false }])
    })
    it('take no name that anybody has or that looks like that of an account, and nobody takes theirs', async (t) => {
      const { fixture, user } = await withBot(t)
      await fixture.claim(fixture.bo)
      for (const name of ['Relay', fixture.bo.name, fixture.eve.name])
        await expect(fixture.store.bots.add({ ...newBot({ name }), at: at() }), name).rejects.toMatchObject(taken)
      const guest = fixture.store.accounts.openGuest('Relay', confusableSkeleton('Relay'))
      await expect(guest).rejects.toMatchObject(taken)
      const byName = fixture.store.sessions.start({ tokenHash: randomBytes(32), user, at: at() })
      await expect(byName).rejects.toMatchObject(taken)
      expect(await fixture.store.bots.list()).toHaveLength(1)
    })
    it('end the sessions of guests whose names look like theirs', async (t) => {
      const fixture = await open(t)
      const guest = await fixture.store.accounts.openGuest('Re1ay', confusableSkeleton('relay'))
      const { session } = await fixture.store.sessions.start({ tokenHash: randomBytes(32), user: guest, at: at() })
      const { ended } = await fixture.store.bots.add({ ...newBot({ name: 'relay' }), at: at() })
      expect(ended).toEqual([{ user: guest, session: session.id }])
    })
    it('that are limited to rooms view these and no others; without a room that exists none is made', async (t) => {
      const { fixture, user } = await withBot(t, { canViewPublic: false, rooms: [den] })
      const rooms = await fixture.store.rooms.list(viewer(user, { canViewPublic: false }))
      expect(rooms.map(({ room }) => room)).toEqual([den])
      const write = (room: string) => fixture.write(user, room, {}, { onlyInvited: true })
      await expect(write(tea)).rejects.toMatchObject(noRoom)
      expect((await write(den)).entry.user).toEqual(user)
      const nowhere = fixture.store.bots.add({ ...newBot({ name: 'Lost', rooms: [den, '~none'] }), at: at() })
      await expect(nowhere).rejects.toMatchObject(noRoom)
      expect(await fixture.store.accounts.hasUser('Lost')).toBe(false)
    })
    it('are not found while they are banned', async (t) => {
      const { fixture, bot, user } = await withBot(t)
      await fixture.moderate(fixture.ada, ban(undefined, user, inAnHour()))
      expect(await fixture.store.bots.find(bot.tokenHash)).toBeUndefined()
      await fixture.moderate(fixture.ada, ban(undefined, user, 0))
      expect(await fixture.store.bots.find(bot.tokenHash)).toMatchObject({ user })
    })
    it('get no password, no link for one, and no rank', async (t) => {
      const { fixture, user } = await withBot(t)
      const link = { type: 'link', user: user.id, tokenHash: randomBytes(32), expiresAt: inAnHour() } as const
      await expect(fixture.moderate(fixture.owen, link)).rejects.toMatchObject(forbidden)
      const role = { type: 'role', room: undefined, user: user.id, role: 'admin' } as const
      await expect(fixture.moderate(fixture.owen, role)).rejects.toMatchObject(forbidden)
      const byOperator = { userId: user.id, tokenHash: randomBytes(32), at: at(), expiresAt: forever }
      await expect(fixture.store.invitations.createPasswordLink(byOperator)).rejects.toMatchObject(forbidden)
    })
    it('are made by admins, in rooms that these can view, and the audit log says so', async (t) => {
      const fixture = await open(t)
      const inDen = { type: 'add-bot', bot: newBot({ rooms: [den] }) } as const
      await expect(fixture.moderate(fixture.ada, inDen)).rejects.toMatchObject(noRoom)
      const bot = newBot({ rooms: [tea], canViewPublic: false })
      await fixture.moderate(fixture.ada, { type: 'add-bot', bot })
      const { user } = (await fixture.store.bots.find(bot.tokenHash)) ?? {}
      const [record] = await fixture.actions()
      expect(record).toMatchObject({ type: 'add-bot', by: fixture.ada, user, undoable: false })
      expect(record?.data).toEqual({ canWrite: true, canViewPublic: false })
    })
    it('made by the operator are recorded without an actor', async (t) => {
      const { fixture, user } = await withBot(t)
      const [record] = await fixture.actions()
      expect(record).toMatchObject({ type: 'add-bot', user })
      expect(record?.by).toBeUndefined()
    })
    it('lose their token and get a new one by an admin, which ends their connections', async (t) => {
      const { fixture, bot, user } = await withBot(t)
      const revoke = { type: 'bot-token', user: user.id } as const
      await expect(fixture.moderate(fixture.anna, revoke)).rejects.toMatchObject(forbidden)
      const ended = { type: 'sessions-ended', ended: [{ user, session: botSession }] }
      expect(await fixture.moderate(fixture.ada, revoke)).toMatchObject({ isNew: true, effects: [ended] })
      expect(await fixture.store.bots.find(bot.tokenHash)).toBeUndefined()
      expect(await fixture.store.bots.list()).toMatchObject([{ user, isRevoked: true }])
      expect(await fixture.moderate(fixture.ada, revoke)).toMatchObject({ isNew: false, effects: [] })
      const tokenHash = randomBytes(32)
      expect(await fixture.moderate(fixture.ada, { ...revoke, tokenHash })).toMatchObject({ effects: [ended] })
      expect(await fixture.store.bots.find(tokenHash)).toMatchObject({ user })
      expect((await fixture.actions()).slice(0, 2).map(({ data }) => data)).toEqual([
        { revoked: false },
        { revoked: true },
      ])
      const person = fixture.moderate(fixture.ada, { type: 'bot-token', user: fixture.bo.id, tokenHash })
      await expect(person).rejects.toMatchObject({ code: 'no-such-user' })
    })
  })

  describe(`${backend.name} store, webhooks`, () => {
    const tokenHash = randomBytes(32)
    const hook = { name: 'Alerts', room: den, tokenHash }

    it('write in one room as a bot, which is made with the first of that name', async (t) => {
      const fixture = await open(t)
      const { user } = await fixture.store.bots.addHook({ ...hook, at: at() })
      expect(user).toMatchObject({ bot: true, image: noDrawing })
      const again = await fixture.store.bots.addHook({ ...hook, room: tea, tokenHash: randomBytes(32), at: at() })
      expect(again.user).toEqual(user)
      expect(await fixture.store.bots.findHook(tokenHash)).toMatchObject({ room: den, bot: { user } })
      expect(await fixture.store.bots.find(tokenHash)).toBeUndefined()
      const listed = await fixture.store.bots.listHooks()
      expect(listed.map(({ room, user: { name } }) => [room, name])).toEqual([
        [den, 'Alerts'],
        [tea, 'Alerts'],
      ])
      expect((await fixture.write(user, den, {}, { onlyInvited: true })).isNew).toBe(true)
    })
    it('take no name of a person, and no room that does not exist', async (t) => {
      const fixture = await open(t)
      const asEve = fixture.store.bots.addHook({ ...hook, name: fixture.eve.name, at: at() })
      await expect(asEve).rejects.toMatchObject(taken)
      const nowhere = fixture.store.bots.addHook({ ...hook, room: '~none', at: at() })
      await expect(nowhere).rejects.toMatchObject(noRoom)
      expect(await fixture.store.bots.list()).toEqual([])
    })
    it('are made and revoked by admins, and the audit log says so', async (t) => {
      const fixture = await open(t)
      const add = { type: 'add-hook', hook: { ...hook, room: tea } } as const
      await expect(fixture.moderate(fixture.ada, { type: 'add-hook', hook })).rejects.toMatchObject(noRoom)
      await fixture.moderate(fixture.ada, add)
      const [listed] = await fixture.store.bots.listHooks()
      const revoke = { type: 'revoke-hook', id: listed?.id ?? 0 } as const
      await expect(fixture.moderate(fixture.anna, revoke)).rejects.toMatchObject(forbidden)
      await fixture.moderate(fixture.ada, revoke)
      expect(await fixture.store.bots.findHook(tokenHash)).toBeUndefined()
      await expect(fixture.moderate(fixture.ada, revoke)).rejects.toMatchObject(forbidden)
      const records = (await fixture.actions()).slice(0, 2)
      expect(records.map(({ type, by, user, room }) => [type, by?.name, user?.name, room])).toEqual([
        ['revoke-hook', fixture.ada.name, 'Alerts', tea],
        ['add-hook', fixture.ada.name, 'Alerts', tea],
      ])
    })
    it('go with their room', async (t) => {
      const fixture = await open(t)
      await fixture.store.bots.addHook({ ...hook, room: tea, at: at() })
      await fixture.store.bots.addHook({ ...hook, tokenHash: randomBytes(32), at: at() })
      await fixture.moderate(fixture.owen, { type: 'delete-room', room: tea })
      expect(await fixture.store.bots.findHook(tokenHash)).toBeUndefined()
      expect((await fixture.store.bots.listHooks()).map(({ room }) => room)).toEqual([den])
    })
    it('do not bring their bot back into a room that it is banned from', async (t) => {
      const fixture = await open(t)
      const { user } = await fixture.store.bots.addHook({ ...hook, room: tea, at: at() })
      await fixture.moderate(fixture.anna, ban(tea, user, inAnHour()))
      const another = fixture.store.bots.addHook({ ...hook, room: tea, tokenHash: randomBytes(32), at: at() })
      await expect(another).rejects.toMatchObject(forbidden)
    })
  })
}
