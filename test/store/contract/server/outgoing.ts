/** What every store must do for outgoing webhooks. */
import { describe, expect, it } from 'vitest'
import type { Attempt, NewOutgoingHook, Outgoing } from '../../../../src/server/store/store.ts'
import { dayMs, hourMs, secondMs } from '../../../../src/shared/durations.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { ban, inAnHour, newBot, newOutgoingHook, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const forbidden = { code: 'forbidden' }
const noRoom = { code: 'no-such-room' }
const taken = { code: 'name-taken' }

type Test = Parameters<Backend['place']>[0]

export function outgoingContract(backend: Backend): void {
  /** Owen makes it, who is in no room but sees all public ones. */
  async function withHook(t: Test, more: Partial<NewOutgoingHook> = {}) {
    const fixture = await StoreFixture.open(t, backend)
    await fixture.moderate(fixture.owen, { type: 'add-outgoing-hook', hook: newOutgoingHook(more) })
    const [hook] = await fixture.store.outgoing.list()
    if (!hook) throw new Error('There is no webhook.')
    const next = (at = Date.now()) => fixture.store.outgoing.next(hook.id, at)
    const sent = async (at?: number): Promise<Outgoing> => {
      const found = await next(at)
      if (found.type !== 'send') throw new Error(`There is nothing to send: ${JSON.stringify(found)}`)
      return found
    }
    const note = async (more: Partial<Attempt> = {}, at = Date.now()) => {
      const { delivery } = await sent(at)
      const usual = { ...delivery, at, result: 'delivered', isDone: true, retryAt: at } as const
      return await fixture.store.outgoing.note({ ...usual, ...more })
    }
    return { fixture, hook, next, sent, note }
  }

  const failed = (retryAt: number) => ({ result: 'refused', status: 500, isDone: false, retryAt }) as const

  describe(`${backend.name} store, outgoing webhooks`, () => {
    it('send each message of their rooms from now on, in order, and each until it is noted', async (t) => {
      const { fixture, hook, next, sent, note } = await withHook(t)
      expect(await next()).toMatchObject({ type: 'none' })
      await fixture.write(fixture.bo, tea, { data: 'one' })
      await fixture.write(fixture.bo, tea, { data: 'two' })
      await fixture.write(fixture.bo, den, { data: 'elsewhere' })
      for (let i = 0; i < 2; i++) expect((await sent()).message).toMatchObject({ data: 'one', user: fixture.bo })
      await note()
      await fixture.reopen()
      expect(await sent()).toMatchObject({
        message: { data: 'two' },
        room: { room: tea, name: tea },
        url: hook.url,
        kind: 'messages',
        failures: 0,
      })
      await note()
      expect(await next()).toMatchObject({ type: 'none' })
    })
    it('send nothing that was written before they were made, by their own bot, or deleted; an edited text as it is now', async (t) => {
      const fixture = await StoreFixture.open(t, backend)
      await fixture.write(fixture.bo, tea, { data: 'before' })
      await fixture.moderate(fixture.owen, { type: 'add-outgoing-hook', hook: newOutgoingHook() })
      const [hook] = await fixture.store.outgoing.list()
      await fixture.write(hook?.user as User, tea, { data: 'mine' }, { onlyInvited: true })
      const { entry: bad } = await fixture.write(fixture.bo, tea, { data: 'bad' })
      const { entry: typo } = await fixture.write(fixture.bo, tea, { data: 'tpyo' })
      await fixture.write(fixture.bo, tea, { type: 'delete', ref: bad.id })
      await fixture.write(fixture.bo, tea, { type: 'edit', ref: typo.id, data: 'typo' })
      const next = await fixture.store.outgoing.next(hook?.id ?? 0, Date.now())
      expect(next).toMatchObject({ type: 'send', message: { data: 'typo' } })
    })
    it('pass many messages that are not for them', async (t) => {
      const { fixture, hook, next } = await withHook(t)
      for (let i = 0; i < 100; i++) await fixture.write(hook.user, tea, { data: `${i}` }, { onlyInvited: true })
      const none = await next()
      if (none.type !== 'none') throw new Error('The bot was sent its own messages.')
      expect(none.passed).toHaveLength(1)
      await fixture.store.outgoing.pass(hook.id, none.passed)
      expect(await next()).toMatchObject({ passed: [] })
      await fixture.write(fixture.bo, tea)
      expect(await next()).toMatchObject({ type: 'send' })
    })
    it('of mentions send what mentions the bot, in rooms to which it comes later too', async (t) => {
      const { fixture, hook, next, sent, note } = await withHook(t, { kind: 'mentions', rooms: [tea] })
      await fixture.write(fixture.bo, tea, { data: 'hello' })
      expect(await next()).toMatchObject({ type: 'none' })
      await fixture.write(fixture.bo, tea, { data: '@Relay one' })
      await note()
      await fixture.moderate(fixture.anna, { type: 'add', room: den, users: [hook.user.id] })
      // Anna is a guest, whose requests are accepted.
      await fixture.moderate(hook.user, { type: 'accept', room: den })
      await fixture.write(fixture.bo, den, { data: '@relay two' })
      expect(await sent()).toMatchObject({ message: { data: '@relay two' }, room: { room: den, name: 'The den' } })
      await note()
      expect(await next()).toMatchObject({ type: 'none' })
      expect(hook.rooms).toEqual([])
    })
    it('of a command send messages that begin with it', async (t) => {
      const { fixture, hook, sent } = await withHook(t, { kind: 'command', command: 'weather', description: 'Now' })
      const { user: other } = await fixture.store.bots.add({ ...newBot({ name: 'Other' }), at: Date.now() })
      await fixture.write(other, tea, { data: '/weather of a bot' })
      for (const data of ['weather', '/weatherman x', '//weather', '\\/weather', '/Weather Berlin'])
        await fixture.write(fixture.bo, tea, { data })
      expect(await sent()).toMatchObject({ command: 'weather', message: { data: '/Weather Berlin' } })
      const command = { name: 'weather', description: 'Now', user: hook.user }
      expect(await fixture.store.outgoing.commandsIn(tea)).toEqual([command])
      expect(await fixture.store.outgoing.commandsIn(den)).toEqual([])
      await fixture.moderate(fixture.owen, { type: 'change-outgoing-hook', id: hook.id, change: 'pause' })
      expect(await fixture.store.outgoing.commandsIn(tea)).toEqual([])
    })
    it('are made by admins, for rooms that these can view, with a command that is free', async (t) => {
      const { fixture } = await withHook(t, { kind: 'command', command: 'weather' })
      const add = (hook: Partial<NewOutgoingHook>, by = fixture.ada) =>
        fixture.moderate(by, { type: 'add-outgoing-hook', hook: newOutgoingHook(hook) })
      await expect(add({}, fixture.anna)).rejects.toMatchObject(forbidden)
      await expect(add({ rooms: [den] })).rejects.toMatchObject(noRoom)
      await expect(add({ rooms: [] })).rejects.toMatchObject(noRoom)
      await expect(add({ name: fixture.bo.name })).rejects.toMatchObject(taken)
      await expect(add({ kind: 'command', command: 'weather' })).rejects.toMatchObject(taken)
      await expect(add({ kind: 'command', command: 'me' })).rejects.toMatchObject(taken)
      await expect(add({ kind: 'command', command: 'a b' })).rejects.toMatchObject({ code: 'bad-field' })
      const relay = (await fixture.store.bots.list()).find(({ user }) => user.name === 'Relay')?.user as User
      await fixture.moderate(fixture.anna, ban(tea, relay, inAnHour()))
      await expect(add({})).rejects.toMatchObject(forbidden)
      expect((await fixture.actions())[0]).toMatchObject({ type: 'ban' })
      const made = (await fixture.actions()).find(({ type, by }) => type === 'add-outgoing-hook' && by?.name === 'Owen')
      expect(made?.data).toEqual({ hook: 1, kind: 'command', command: 'weather', to: 'https://hooks.example' })
    })
    it.for(['kick', 'ban', 'ban from the server', 'the room is deleted'])(
      'send nothing more once the bot has lost the room: %s',
      async (how, t) => {
        const { fixture, hook, next } = await withHook(t)
        await fixture.write(fixture.bo, tea)
        expect(await next(), 'there must be something to lose').toMatchObject({ type: 'send' })
        const { user } = hook
        if (how === 'kick') await fixture.moderate(fixture.anna, { type: 'kick', room: tea, user: user.id })
        else if (how === 'ban') await fixture.moderate(fixture.anna, ban(tea, user, inAnHour()))
        else if (how === 'ban from the server') await fixture.moderate(fixture.ada, ban(undefined, user, inAnHour()))
        else await fixture.moderate(fixture.owen, { type: 'delete-room', room: tea })
        expect(await next()).toMatchObject({ type: 'none' })
        if (how !== 'ban from the server') return
        await fixture.moderate(fixture.ada, ban(undefined, user, 0))
        expect(await next()).toMatchObject({ type: 'send' })
      },
    )
    it('wait after a failure, and not for ever when the clock is set back', async (t) => {
      const { fixture, next, note } = await withHook(t)
      await fixture.write(fixture.bo, tea)
      const at = Date.now()
      await note(failed(at + 10 * secondMs), at)
      expect(await next(at + secondMs)).toEqual({ type: 'wait', ms: 9 * secondMs })
      expect(await next(at + 10 * secondMs)).toMatchObject({ type: 'send', failures: 1 })
      expect(await next(at - dayMs)).toMatchObject({ type: 'send' })
      await note({}, at + 10 * secondMs)
      await fixture.write(fixture.bo, tea)
      expect(await next(at)).toMatchObject({ type: 'send', failures: 0 })
    })
    it('are paused after a day of failures, and the audit log says so', async (t) => {
      const { fixture, hook, next, note } = await withHook(t)
      await fixture.write(fixture.bo, tea, { data: 'kept' })
      const at = Date.now()
      for (let i = 0; i < 24; i++) expect(await note(failed(at), at + i * hourMs)).toEqual({ paused: undefined })
      expect(await note(failed(at), at + dayMs)).toEqual({ paused: 'failing' })
      expect(await next(at + 2 * dayMs)).toMatchObject({ type: 'none' })
      const [paused] = await fixture.store.outgoing.list()
      expect(paused).toMatchObject({ paused: 'failing', failures: 25 })
      const [record] = await fixture.actions()
      expect(record).toMatchObject({ type: 'change-outgoing-hook', user: hook.user, data: { change: 'failing' } })
      expect(record?.by).toBeUndefined()
      await fixture.moderate(fixture.owen, { type: 'change-outgoing-hook', id: hook.id, change: 'resume' })
      expect(await next()).toMatchObject({ type: 'send', message: { data: 'kept' } })
    })
    it('are not paused by one failure after a jump of the clock, and at once by 410', async (t) => {
      const { fixture, note } = await withHook(t)
      await fixture.write(fixture.bo, tea)
      const at = Date.now()
      await note(failed(at), at)
      expect(await note(failed(at), at + 30 * dayMs)).toEqual({ paused: undefined })
      expect(await note({ ...failed(at), result: 'gone', status: 410 }, at)).toEqual({ paused: 'gone' })
    })
    it('are resumed where they stopped, or from now on', async (t) => {
      const { fixture, hook, next, sent } = await withHook(t)
      const change = (change: 'pause' | 'resume' | 'skip') =>
        fixture.moderate(fixture.ada, { type: 'change-outgoing-hook', id: hook.id, change })
      await change('pause')
      await fixture.write(fixture.bo, tea, { data: 'one' })
      expect(await next()).toMatchObject({ type: 'none' })
      await change('resume')
      expect((await sent()).message.data).toBe('one')
      expect(await change('resume')).toMatchObject({ isNew: false })
      await change('pause')
      await change('skip')
      expect(await next()).toMatchObject({ type: 'none' })
      await fixture.write(fixture.bo, tea, { data: 'two' })
      expect((await sent()).message.data).toBe('two')
    })
    it('keep their newest fifty attempts, and send one of them again, also while they are paused', async (t) => {
      const { fixture, hook, next, sent, note } = await withHook(t)
      for (let i = 0; i < 55; i++) {
        await fixture.write(fixture.bo, tea, { data: `${i}` })
        await note({ status: 200 })
      }
      const kept = await fixture.store.outgoing.deliveries(hook.id)
      expect([kept.length, kept[0]?.text, kept[0]?.result]).toEqual([50, '54', 'delivered'])
      await fixture.moderate(fixture.ada, { type: 'change-outgoing-hook', id: hook.id, change: 'pause' })
      const again = (delivery = 0) =>
        fixture.moderate(fixture.ada, { type: 'change-outgoing-hook', id: hook.id, change: 'resend', delivery })
      await expect(again(0)).rejects.toMatchObject(forbidden)
      await again(kept[10]?.id)
      expect((await sent()).message.data).toBe('44')
      expect((await fixture.store.outgoing.deliveries(hook.id))[0]?.result).toBeUndefined()
      await note({ result: 'refused', status: 500, answer: 'no', isDone: false })
      expect((await fixture.store.outgoing.deliveries(hook.id))[0]).toMatchObject({ result: 'refused', answer: 'no' })
      expect(await next(), 'once').toMatchObject({ type: 'none' })
    })
    it('do not send again what was deleted or what the bot may not read any more, nor keep what was answered to it', async (t) => {
      const { fixture, hook, next, note } = await withHook(t)
      const { entry } = await fixture.write(fixture.bo, tea, { data: 'a secret' })
      await note({ result: 'refused', answer: 'you said a secret' })
      const [kept] = await fixture.store.outgoing.deliveries(hook.id)
      expect(kept).toMatchObject({ text: 'a secret', answer: 'you said a secret' })
      const resend = { type: 'change-outgoing-hook', id: hook.id, change: 'resend', delivery: kept?.id ?? 0 } as const
      await fixture.moderate(fixture.ada, resend)
      expect(await next()).toMatchObject({ type: 'send' })
      await fixture.write(fixture.bo, tea, { type: 'delete', ref: entry.id })
      const withdrawn = await next()
      expect(withdrawn).toMatchObject({ type: 'withdrawn' })
      expect(JSON.stringify(await fixture.store.outgoing.deliveries(hook.id))).not.toContain('a secret')
    })
    it('have a new secret when an admin replaces it, and nothing is left of one that is removed', async (t) => {
      const { fixture, hook, sent } = await withHook(t)
      await fixture.write(fixture.bo, tea)
      const { delivery } = await sent()
      const change = { type: 'change-outgoing-hook', id: hook.id } as const
      await expect(fixture.moderate(fixture.anna, { ...change, change: 'remove' })).rejects.toMatchObject(forbidden)
      await fixture.moderate(fixture.ada, { ...change, change: 'secret', secret: 'whsec_bmV3' })
      expect((await sent()).secret).toBe('whsec_bmV3')
      await fixture.moderate(fixture.ada, { ...change, change: 'remove' })
      expect(await fixture.store.outgoing.list()).toEqual([])
      const late = { ...delivery, at: 1, result: 'delivered', isDone: true, retryAt: 0 } as const
      expect(await fixture.store.outgoing.note(late)).toEqual({ paused: undefined })
      expect(await fixture.store.outgoing.deliveries(hook.id)).toEqual([])
      expect(JSON.stringify(await fixture.actions())).not.toContain('whsec')
    })
    it('of a known bot do not take its token', async (t) => {
      const fixture = await StoreFixture.open(t, backend)
      const bot = newBot()
      await fixture.store.bots.add({ ...bot, at: Date.now() })
      await fixture.moderate(fixture.ada, { type: 'add-outgoing-hook', hook: newOutgoingHook() })
      expect(await fixture.store.bots.find(bot.tokenHash)).toBeDefined()
      expect(await fixture.store.outgoing.list()).toHaveLength(1)
    })
  })
}
