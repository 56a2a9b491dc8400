import { describe, expect, it } from 'vitest'
import { classic } from '../../src/server/chat/subprotocols/classic.ts'
import type { User } from '../../src/shared/protocol/types.ts'
import type { ChatClient } from '../support/clients/client.ts'
import { stopClock } from '../support/run/stopped-clock.ts'
import { startServer, type TestServer } from '../support/server/server.ts'

/** A page of ten years ago offers no subprotocol. */
async function connect(server: TestServer, name: string): Promise<ChatClient> {
  return (await server.signIn(name)).connect({ protocol: undefined })
}

/** Old clients know only drawings. */
const drawn = (user: User): User => ({ ...user, image: user.id % 10 })

const typesOf = (chat: ChatClient) => chat.received.map(({ type }) => type)

describe('classic protocol', () => {
  it('sends "join" to everyone including the new user, then sends the list to the new user', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const annas = await anna.connect({ protocol: undefined })
    expect(annas.socket.protocol).toBe('')
    expect(await annas.next('join')).toEqual({ id: 0, type: 'join', user: drawn(anna.user), data: 'Anna joined.' })
    expect(await annas.next('list')).toEqual({ id: 0, type: 'list', user: drawn(anna.user), data: [drawn(anna.user)] })

    const bo = await server.signIn('Bo')
    const bos = await bo.connect({ protocol: undefined })
    const joined = { id: 0, type: 'join', user: drawn(bo.user), data: 'Bo joined.' }
    expect(await annas.next('join')).toEqual(joined)
    expect(await bos.next('join')).toEqual(joined)
    expect((await bos.next('list')).data).toEqual([anna.user, bo.user].map(drawn))
    expect(typesOf(bos)).toEqual(['join', 'list'])
    expect(typesOf(annas)).toEqual(['join', 'list', 'join'])
  })
  it('has the names of files in place of a text', async () => {
    const user = { id: 1, name: 'Anna', image: 1 }
    const files = [{ id: '0'.repeat(32), name: 'tea.png', type: 'image/png', bytes: 9 }]
    const frame = classic.write({ type: 'chat', id: 1, room: 'lobby', user, at: 1, data: '', files }, 1, undefined)
    expect(String(frame)).toContain('"data":"tea.png"')
  })
  it('posts the trimmed text as a message to the lobby', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const [annas, bos] = [await anna.connect({ protocol: undefined }), await connect(server, 'Bo')]
    annas.send('  hello \n')
    const message = { id: 1, type: 'chat', user: drawn(anna.user), data: 'hello' }
    expect(await bos.next('chat')).toEqual(message)
    expect(await annas.next('chat')).toEqual(message)
  })
  it('posts JSON as plain text', async (t) => {
    const server = await startServer(t)
    const chat = await connect(server, 'Anna')
    chat.send('{"type":"ping"}')
    expect((await chat.next('chat')).data).toBe('{"type":"ping"}')
  })
  it('ignores empty text', async (t) => {
    const server = await startServer(t)
    const chat = await connect(server, 'Anna')
    chat.send('')
    chat.send('  \n ')
    chat.send('something')
    expect(await chat.next('chat')).toMatchObject({ id: 1, data: 'something' })
    expect(typesOf(chat)).toEqual(['join', 'list', 'chat'])
  })
  it('sends "left" with the newest id when a user disconnects', async (t) => {
    const server = await startServer(t)
    const annas = await connect(server, 'Anna')
    const bo = await server.signIn('Bo')
    const bos = await bo.connect({ protocol: undefined })
    bos.send('bye')
    await annas.next('chat')
    await bos.close()
    expect(await annas.next('left')).toEqual({ id: 1, type: 'left', user: drawn(bo.user), data: 'Bo left.' })
  })
  it('says why a message is refused as too long or too fast', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const chat = await anna.connect({ protocol: undefined })
    chat.send('x'.repeat(4001))
    const refused = { id: 0, type: 'error', user: drawn(anna.user), data: 'A message has at most 4,000 characters.' }
    expect(await chat.nextWhere(({ type }) => type === 'error')).toEqual(refused)
    stopClock(t)
    for (let i = 0; i < 11; i++) chat.send(`${i}`)
    const tooFast = await chat.nextWhere(({ type }) => type === 'error')
    expect(tooFast).toMatchObject({ id: 10, data: 'You are writing too fast.' })
  })
  it('shares one room with chat.v1', async (t) => {
    const server = await startServer(t)
    const [anna, bo] = [await server.signIn('Anna'), await server.signIn('Bo')]
    const old = await anna.connect({ protocol: undefined })
    await old.next('list')
    const young = await bo.connect()
    expect((await young.open('lobby')).list).toEqual([anna.user, bo.user])
    expect(await old.next('join')).toMatchObject({ data: 'Bo joined.' })

    old.send('from the old one')
    expect(await young.next('chat')).toMatchObject({ id: 1, room: 'lobby', user: anna.user, data: 'from the old one' })
    await young.say('lobby', 'from the young one')
    expect(await old.next('chat')).toMatchObject({ id: 1 })
    const heard = { id: 2, type: 'chat', user: drawn(bo.user), data: 'from the young one' }
    expect(await old.next('chat')).toEqual(heard)

    await young.close()
    expect(await old.next('left')).toMatchObject({ data: 'Bo left.' })
  })
  it('receives nothing of other rooms, of typing and of entries that it cannot express', async (t) => {
    const server = await startServer(t)
    const old = await connect(server, 'Anna')
    const young = await (await server.signIn('Bo')).connect()
    await young.open('lobby')
    await young.open('tea')
    await young.say('tea', 'elsewhere')
    young.send({ type: 'typing', room: 'lobby' })
    await young.say('lobby', 'here')
    expect(await old.next('chat')).toMatchObject({ data: 'here' })
    expect(typesOf(old)).toEqual(['join', 'list', 'join', 'chat'])
  })
  it('closes with 4001 "Invalid user" before anything else when nobody is signed in', async (t) => {
    const server = await startServer(t)
    const chat = await server.connect('/ws/chat')
    expect(await chat.closed).toEqual({ code: 4001, reason: 'Invalid user' })
    expect(chat.received).toEqual([])
  })
})
