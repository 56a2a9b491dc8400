/** Message requests of guests, and blocks, on the wire. */
import { describe, expect, it } from 'vitest'
import { visitorNamed } from '../support/clients/visitor.ts'
import { ConnectedUser, startPopulatedServer } from '../support/server/populated-server.ts'

/** Bo, a guest, begins a conversation with Eve, and both open it. */
async function asked(t: Parameters<typeof startPopulatedServer>[0]) {
  const populated = await startPopulatedServer(t)
  const { bo, eve } = populated
  const made = await bo.does({ type: 'create', kind: 'direct', users: [eve.id] })
  const room = made.type === 'room' ? made.room : ''
  await bo.chat.open(room)
  expect(await eve.chat.next('room')).toMatchObject({ room, request: true, people: [bo.user] })
  expect(await eve.chat.open(room)).toMatchObject({ list: [bo.user], online: 1 })
  return { ...populated, room }
}

describe('message requests', () => {
  it('a request shows the sender nothing about the recipient until it is accepted, then shows their presence (SECURITY-REVIEW 19)', async (t) => {
    const { bo, eve, room } = await asked(t)
    const id = await bo.chat.say(room, 'hello')
    await eve.chat.nextWhere(({ type, data }) => type === 'chat' && data === 'hello')
    eve.chat.send({ type: 'read', room, id })
    eve.chat.send({ type: 'typing', room })
    await eve.chat.settle()
    await bo.chat.settle()
    for (const type of ['join', 'typing', 'read'])
      expect(bo.heard(type, room).map(({ user }) => user)).not.toContainEqual(eve.user)
    await eve.did({ type: 'accept', room })
    expect(
      await bo.chat.nextWhere(({ type, user }) => type === 'join' && (user as { id: number }).id === eve.id),
    ).toMatchObject({ room, online: 2 })
    eve.chat.send({ type: 'typing', room })
    expect(await bo.chat.next('typing')).toMatchObject({ room, user: eve.user })
  })
  it('accepting or declining a request updates all devices of the recipient at once (SECURITY-REVIEW 19)', async (t) => {
    const { bo, eve, cai, room } = await asked(t)
    const another = await eve.another()
    await eve.did({ type: 'accept', room })
    const news = await another.chat.next('room')
    expect(news).toMatchObject({ room })
    expect(news).not.toHaveProperty('request')
    const made = await bo.does({ type: 'create', kind: 'direct', users: [cai.id] })
    const other = made.type === 'room' ? made.room : ''
    const caiElsewhere = await cai.another()
    await cai.did({ type: 'leave', room: other })
    expect(await caiElsewhere.chat.next('room')).toEqual({ type: 'room', room: other, gone: true })
  })
  it('a request that is accepted and declined at the same time ends accepted or removed (SECURITY-REVIEW 19)', async (t) => {
    const { eve, room } = await asked(t)
    const another = await eve.another()
    const answers = await Promise.all([eve.does({ type: 'accept', room }), another.does({ type: 'leave', room })])
    expect(answers[1]).toMatchObject({ type: 'done' })
    expect(answers[0].type === 'done' || ('code' in answers[0] && answers[0].code === 'no-such-room')).toBe(true)
    expect(await eve.chat.ask({ type: 'open', room }, 'error')).toMatchObject({ code: 'no-such-room' })
  })
  it('a request can be accepted after its sender was banned (SECURITY-REVIEW 19)', async (t) => {
    const { ada, bo, eve, room } = await asked(t)
    await ada.did({ type: 'ban', user: bo.id, forMs: 60_000 })
    expect(await eve.does({ type: 'accept', room })).toMatchObject({ type: 'done', room })
  })
  it('an unaccepted request takes five messages and refuses the sixth with the reason (SECURITY-REVIEW 19)', async (t) => {
    const { bo, room } = await asked(t)
    for (let i = 0; i < 5; i++) await bo.did({ type: 'chat', room, data: `${i}` })
    expect(await bo.does({ type: 'chat', room, data: 'one more' })).toMatchObject({ code: 'not-accepted', room })
  })
})

describe('blocks', () => {
  it('a block is sent to the other devices of the user who blocked, at once and on their next connection (SECURITY-REVIEW 19)', async (t) => {
    const { bo, eve } = await startPopulatedServer(t)
    const another = await eve.another()
    await eve.did({ type: 'block', user: bo.id, on: true })
    expect(await another.chat.next('blocks')).toEqual({ type: 'blocks', data: [bo.user] })
    const [welcome] = (await eve.another()).chat.received
    expect(welcome).toMatchObject({ type: 'welcome', blocked: [bo.id] })
    await eve.did({ type: 'block', user: bo.id, on: false })
    expect(await another.chat.next('blocks')).toEqual({ type: 'blocks', data: [] })
    await bo.chat.settle()
    expect(bo.heard('blocks'), 'they are not told').toEqual([])
  })
  it('a session that only typed the name cannot see or change blocks (SECURITY-REVIEW 19)', async (t) => {
    const { server, bo, eve } = await startPopulatedServer(t)
    const typed = await ConnectedUser.of(await visitorNamed(server, 'Eve'))
    await eve.did({ type: 'block', user: bo.id, on: true })
    await eve.chat.settle()
    await typed.chat.settle()
    expect(typed.heard('blocks')).toEqual([])
  })
})
