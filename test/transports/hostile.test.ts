import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { describe, expect, it } from 'vitest'
import { closeCodes } from '../../src/shared/protocol/close-codes.ts'
import { startServer } from '../support/server/server.ts'

describe('lost connection with commands waiting', () => {
  it('leaves no state behind, and its messages are stored', async (t) => {
    const server = await startServer(t, { PRESENCE_GRACE_MS: '1' })
    const watcher = await (await server.signIn('Watcher')).connect()
    await watcher.open('lobby')
    const anna = await (await server.signIn('Anna')).connect()
    await anna.open('tea')
    // The first waits for its commit; the room is opened when the connection has gone.
    anna.send({ type: 'chat', room: 'tea', key: 'k', data: 'last words' })
    anna.send({ type: 'open', room: 'lobby' })
    await anna.close()
    await watcher.nextWhere(({ type }) => type === 'left', 'Anna to leave the lobby that she opened on her way out')
    const opened = await (await (await server.signIn('Bo')).connect()).open('lobby')
    expect(opened.list.map(({ name }) => name)).toEqual(['Watcher', 'Bo'])
    const tea = await (await (await server.signIn('Bo')).connect()).open('tea')
    expect(tea.messages).toMatchObject([{ data: 'last words' }])
  })
})

describe('restart with a client that does not read', () => {
  it('closes the other connections cleanly, and is not delayed', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const [annas, bos] = [await (await server.signIn('Anna')).connect(), await (await server.signIn('Bo')).connect()]
    await annas.open('lobby')
    await bos.open('lobby')
    for (let i = 0; i < 60; i++) await bos.say('lobby', '茶'.repeat(4000))
    annas.socket.pause()
    for (let i = 0; i < 40; i++) annas.send({ type: 'history', room: 'lobby' })
    await bos.settle()
    const stopping = server.stop()
    expect(await bos.closed).toEqual({ code: 1012, reason: 'Restart' })
    await stopping
  })
})

describe('floods', () => {
  it('of empty classic texts are closed with 4129', async (t) => {
    const server = await startServer(t)
    const chat = await (await server.signIn('Anna')).connect({ protocol: undefined })
    for (let i = 0; i < 1000; i++) chat.send(' ')
    expect((await chat.closed).code).toBe(closeCodes.flood)
  })
  it('of bad frames are closed with 4129, whatever is sent between them', async (t) => {
    const server = await startServer(t)
    const chat = await (await server.signIn('Anna')).connect()
    for (let i = 0; i < 400; i++) chat.send(i % 20 ? 'nonsense' : { type: 'ping' })
    expect((await chat.closed).code).toBe(closeCodes.flood)
  })
  it('do not include occasional mistakes', async (t) => {
    const server = await startServer(t)
    const chat = await (await server.signIn('Anna')).connect()
    for (let i = 0; i < 40; i++) chat.send('nonsense')
    await chat.settle()
    expect(chat.received.filter(({ type }) => type === 'error')).toHaveLength(40)
  })
  it('of new rooms are refused, existing rooms still open', async (t) => {
    const server = await startServer(t)
    const chat = await (await server.signIn('Anna')).connect()
    for (let i = 0; i < 3; i++) await chat.open(`room ${i}`)
    const error = await chat.ask({ type: 'open', room: 'one more' }, 'error')
    expect(error).toMatchObject({ code: 'too-fast', room: 'one more' })
    await chat.ask({ type: 'close', room: 'room 1' }, 'closed')
    expect(await chat.open('room 1')).toMatchObject({ room: 'room 1' })
  })
  it('of large pages are slowed down, small pages are not', async (t) => {
    const server = await startServer(t)
    const chat = await (await server.signIn('Anna')).connect()
    await chat.open('small')
    await chat.open('large')
    for (let i = 0; i < 10; i++) await chat.say('large', '茶'.repeat(4_000))
    const pages = async (room: string, count: number) => {
      for (let i = 0; i < count; i++) chat.send({ type: 'history', room })
      const answers = []
      for (let i = 0; i < count; i++)
        answers.push(await chat.nextWhere(({ type }) => ['history', 'error'].includes(type)))
      return answers.filter(({ type }) => type === 'error')
    }
    expect(await pages('small', 20)).toEqual([])
    const [first] = await pages('large', 20)
    expect(first).toMatchObject({ code: 'too-fast', room: 'large', retryAfterMs: expect.any(Number) })
  })
  it('of open rooms on one connection end at 200', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const chat = await (await server.signIn('Anna')).connect()
    for (let i = 0; i < 200; i++) await chat.open(`room ${i}`)
    expect(await chat.ask({ type: 'open', room: 'one more' }, 'error')).toMatchObject({ code: 'forbidden' })
    expect(await chat.open('room 7')).toMatchObject({ room: 'room 7' })
  })
  it('of sign-ins from one address are refused with the time to wait', async (t) => {
    const server = await startServer(t)
    const signIn = (i: number) => {
      const body = new URLSearchParams({ name: `user ${i}` })
      return fetch(`${server.url}/signin`, { method: 'POST', redirect: 'manual', body })
    }
    let refused: Response | undefined
    for (let i = 0; i < 1000 && !refused; i++) {
      const response = await signIn(i)
      if (response.status === 429) refused = response
      else expect(response.status).toBe(303)
      if (i === 100) expect(refused).toBeUndefined()
    }
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
  })
  it('of reactions end at 20 different ones on a message', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const chat = await (await server.signIn('Anna')).connect()
    await chat.open('lobby')
    await chat.say('lobby', 'hello')
    const react = (data: string, on: boolean, key: string) =>
      ({ type: 'react', room: 'lobby', ref: 1, data, on, key }) as const
    const faces = Array.from({ length: 20 }, (_, i) => String.fromCodePoint(0x1f600 + i))
    for (const [i, face] of faces.entries()) await chat.ask(react(face, true, `${i}`), 'sent')
    expect(await chat.ask(react('🍵', true, 'more'), 'error')).toMatchObject({ code: 'forbidden', key: 'more' })
    await chat.ask(react('😃', true, 'again'), 'sent')
    await chat.ask(react('😃', false, 'off'), 'sent')
    await chat.ask(react('🍵', true, 'now'), 'sent')
    const [message] = (await chat.ask({ type: 'history', room: 'lobby' }, 'history')).messages
    expect(Object.keys(message?.reactions ?? {})).toHaveLength(20)
  })
})

describe('message sent byte by byte', () => {
  it('is accepted like any other', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const watcher = await (await server.signIn('Bo')).connect()
    await watcher.open('lobby')
    const socket = connectTcp(server.port, '127.0.0.1')
    t.onTestFinished(() => void socket.destroy())
    socket.setNoDelay()
    await once(socket, 'connect')
    const head = `GET /ws/chat HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nCookie: ${anna.cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`
    socket.write(`${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`)
    await once(socket, 'data')
    const text = 'x'.repeat(1200)
    // Masked with zeroes: RFC 6455 asks for a mask, not for a good one.
    const frame = Buffer.concat([
      Buffer.from([0x81, 0xfe, text.length >> 8, text.length & 255, 0, 0, 0, 0]),
      Buffer.from(text),
    ])
    for (const byte of frame) {
      await new Promise((written) => socket.write(Buffer.from([byte]), written))
    }
    expect(await watcher.next('chat')).toMatchObject({ data: text })
  })
})
