/** What users say of themselves: who hears it, and what is refused. */
import { describe, expect, it } from 'vitest'
import type { StatusFrame } from '../../src/shared/protocol/frames.ts'
import { limits } from '../../src/shared/protocol/limits.ts'
import { visitorNamed } from '../support/clients/visitor.ts'
import { den, tea } from '../support/server/populate.ts'
import { startPopulatedServer } from '../support/server/populated-server.ts'
import { startServer } from '../support/server/server.ts'

describe('status command', () => {
  it('tells those who have a room of the user open, and nobody else', async (t) => {
    const { anna, bo, cai, eve } = await startPopulatedServer(t)
    for (const one of [anna, bo, cai]) await one.chat.open(den)
    await bo.did({ type: 'status', text: 'first' })
    await bo.did({ type: 'status', text: '  At   the\tmarket ', emoji: '🍊', forMs: 60_000 })
    await cai.did({ type: 'status', emoji: '🍵' })
    /** Waits until Anna is told that Bo has a status, or none. */
    const heard = (has: boolean) =>
      anna.chat.nextWhere(({ type, room, data }) => {
        const changes = type === 'status' && room === den ? (data as StatusFrame['data']) : []
        return changes.some(({ user, status }) => user === bo.id && Boolean(status) === has)
      })
    await heard(true)
    const market = { text: 'At the market', emoji: '🍊', until: expect.any(Number) }
    const { data } = await anna.chat.ask({ type: 'members', room: den }, 'members')
    expect(data.map(({ status }) => status)).toEqual([undefined, { text: '', emoji: '🍵' }, market])
    await bo.did({ type: 'status' })
    await heard(false)
    await eve.chat.settle()
    expect(eve.heard('status', den)).toEqual([])
  })
  it.for([
    ['text', 'x'.repeat(limits.maxStatusCharacters + 1)],
    ['text', 'a\u202eb'],
    ['text', 'a\u2028b'],
    ['text', '\u200b'],
    ['text', 'a\0b'],
    ['emoji', 'admin'],
    ['emoji', '🍵🍵'],
    ['forMs', 0],
    ['forMs', limits.maxStatusMs + 1],
  ] as const)('refuses the %s %j', async ([field, value], t) => {
    const { bo } = await startPopulatedServer(t)
    const answer = await bo.does({ type: 'status', text: 'x', [field]: value })
    expect(answer).toMatchObject({ type: 'error', code: 'bad-field', message: expect.stringContaining(`"${field}"`) })
    const { data } = await bo.chat.ask({ type: 'members', room: tea }, 'members')
    expect(JSON.stringify(data)).not.toContain('status')
  })
  it('is not told of a user who was put out of the room just after it', async (t) => {
    const { anna, bo, cai } = await startPopulatedServer(t)
    for (const one of [anna, bo, cai]) await one.chat.open(den)
    await bo.did({ type: 'status', text: 'rude' })
    await anna.did({ type: 'kick', room: den, user: bo.id })
    await cai.did({ type: 'status', text: 'polite' })
    await anna.chat.nextWhere(({ type, room, data }) => type === 'status' && room === den && data !== undefined)
    await anna.chat.settle()
    expect(JSON.stringify(anna.heard('status', den))).not.toContain('rude')
  })
  it('is cleared for others when its user is banned from the server', async (t) => {
    const { ada, anna, bo } = await startPopulatedServer(t)
    await anna.chat.open(den)
    await bo.did({ type: 'status', text: 'rude' })
    const heard = (has: boolean) =>
      anna.chat.nextWhere(({ type, data }) => {
        const changes = type === 'status' ? (data as StatusFrame['data']) : []
        return changes.some(({ user, status }) => user === bo.id && Boolean(status) === has)
      })
    await heard(true)
    await ada.did({ type: 'ban', user: bo.id, forMs: 60_000 })
    await heard(false)
  })
  it('is refused to sessions that are not verified, and when it comes too often', async (t) => {
    const server = await startServer(t)
    const guest = await (await server.signIn('Anna')).connect()
    const other = await (await server.signIn('Anna')).connect()
    other.send({ type: 'status', key: 'k', text: 'not me' })
    expect(await other.next('error')).toMatchObject({ code: 'forbidden', key: 'k' })
    for (let i = 0; i < 10; i++) await guest.ask({ type: 'status', key: `${i}`, text: `${i}` }, 'done')
    guest.send({ type: 'status', key: 'more', text: 'more' })
    expect(await guest.next('error')).toMatchObject({ code: 'too-fast', key: 'more' })
  })
})

describe('status form of the account page', () => {
  it('sets and clears the status, and refuses with the rule', async (t) => {
    const server = await startServer(t)
    const anna = await visitorNamed(server, 'Anna')
    const chat = await anna.connect()
    await chat.open('lobby')
    const done = { status: 303, headers: { location: '/account?done=status' } }
    expect(await anna.post('/account/status', { text: 'Brewing', emoji: '🍵', forMs: '1800000' })).toMatchObject(done)
    const shown = async () => (await chat.ask({ type: 'members', room: 'lobby' }, 'members')).data[0]?.status
    expect(await shown()).toEqual({ text: 'Brewing', emoji: '🍵', until: expect.any(Number) })
    const { body } = await anna.get('/account')
    expect(body).toContain('value="Brewing"')
    const [kept = ''] = /until \d+(?=" selected)/.exec(body) ?? []
    const until = Number(kept.slice('until '.length))
    expect(await shown(), 'the end is offered').toMatchObject({ until })
    expect(await anna.post('/account/status', { text: 'Brewing still', forMs: kept })).toMatchObject(done)
    const edited = await shown()
    expect(edited?.text).toBe('Brewing still')
    expect(Math.abs((edited?.until ?? 0) - until), 'it ends when it did').toBeLessThan(1_000)
    expect((await anna.post('/account/status', { text: 'x', forMs: `until ${Date.now() * 2}` })).status).toBe(400)
    const refused = await anna.post('/account/status', { text: 'a\u202eb' })
    expect(refused).toMatchObject({ status: 400, body: expect.stringContaining('80 visible characters') })
    expect((await anna.post('/account/status', { text: 'x', forMs: 'x' })).status).toBe(400)
    expect(await anna.post('/account/status', { text: '', emoji: '', forMs: '' })).toMatchObject(done)
    expect(await shown()).toBeUndefined()
  })
  it('is refused to sessions that are not verified', async (t) => {
    const server = await startServer(t)
    await visitorNamed(server, 'Anna')
    const other = await visitorNamed(server, 'Anna')
    expect((await other.get('/account')).body).not.toContain('/account/status')
    expect((await other.post('/account/status', { text: 'not me' })).status).toBe(403)
  })
})
