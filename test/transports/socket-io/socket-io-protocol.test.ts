/**
 * The cases of the suite of socket.io-protocol 5 that are not of the engine's (github.com/socketio/socket.io,
 * docs/socket.io-protocol/v5-test-suite), against the engine as the server mounts it, and with its handlers.
 */
import { describe, expect, it } from 'vitest'
import type { Bridge } from '../../../src/server/transports/socket-io/socket-io.ts'
import { RawEngine, type RawSocket } from '../../support/clients/raw-engine.ts'
import { oftenPinged, patientOptions, startProtocolServer } from '../../support/server/protocol-server.ts'
import type { Cleanup } from '../../support/server/server.ts'

/** The handlers that the suite asks for. */
async function server(t: Cleanup, options = patientOptions): Promise<RawEngine> {
  const bridge: Omit<Bridge, 'options'> = {
    watch: () => {},
    begin({ engine, io }) {
      io.on('connection', (socket) => {
        socket.emit('auth', socket.handshake.auth)
        socket.on('message', (...args) => socket.emit('message-back', ...args))
        socket.on('message-with-ack', (...args) => args.pop()(...args))
      })
      io.of('/custom').on('connection', (socket) => socket.emit('auth', socket.handshake.auth))
      io.bind(engine)
    },
  }
  return new RawEngine(await startProtocolServer(t, bridge, options))
}

/** A WebSocket that has joined the main namespace. */
async function connected(t: Cleanup, options = patientOptions): Promise<RawSocket> {
  const socket = await (await server(t, options)).openSocket()
  socket.send('40')
  await socket.nextPacket()
  expect(await socket.nextPacket()).toBe('42["auth",{}]')
  return socket
}

describe('socket.io-protocol 5 › connect', () => {
  it.for([
    ['the main namespace', '40', '40', '42["auth",{}]'],
    ['the main namespace, with a payload', '40{"token":"123"}', '40', '42["auth",{"token":"123"}]'],
    ['another namespace', '40/custom,', '40/custom,', '42/custom,["auth",{}]'],
    [
      'another namespace, with a payload',
      '40/custom,{"token":"abc"}',
      '40/custom,',
      '42/custom,["auth",{"token":"abc"}]',
    ],
  ])('joins %s', async ([, packet = '', answer = '', auth], t) => {
    const socket = await (await server(t)).openSocket()
    socket.send(packet)
    const text = (await socket.nextPacket()) as string
    expect(text.slice(0, answer.length)).toBe(answer)
    expect(JSON.parse(text.slice(answer.length))).toEqual({ sid: expect.any(String) })
    expect(await socket.nextPacket()).toBe(auth)
  })

  it('refuses a namespace that does not exist', async (t) => {
    const socket = await (await server(t)).openSocket()
    socket.send('40/random')
    expect(await socket.nextPacket()).toBe('44/random,{"message":"Invalid namespace"}')
  })

  it('closes upon an invalid first packet', async (t) => {
    const socket = await (await server(t)).openSocket()
    socket.send('4abc')
    expect(await socket.closed).toBe(1005)
  })

  it('closes when the client joins nothing', async (t) => {
    const socket = await (await server(t, { ...patientOptions, connectTimeout: 100 })).openSocket()
    expect(await socket.closed).toBe(1005)
  })
})

describe('socket.io-protocol 5 › disconnect', () => {
  it('leaves the main namespace, and keeps the connection', async (t) => {
    const socket = await connected(t, oftenPinged)
    socket.send('41')
    expect(await socket.next()).toBe('2')
    expect(socket.ws.readyState).toBe(socket.ws.OPEN)
  })

  it('leaves another namespace, and keeps the main one', async (t) => {
    const socket = await connected(t)
    socket.send('40/custom')
    expect(await socket.nextPacket()).toMatch(/^40\/custom,/)
    expect(await socket.nextPacket()).toBe('42/custom,["auth",{}]')
    socket.send('41/custom')
    socket.send('42["message","message to main namespace"]')
    expect(await socket.nextPacket()).toBe('42["message-back","message to main namespace"]')
  })
})

describe('socket.io-protocol 5 › message', () => {
  const attachments = [Uint8Array.from([1, 2, 3]), Uint8Array.from([4, 5, 6])]
  const placeholders = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'

  it.for([
    ['a text', '42["message",1,"2",{"3":[true]}]', '42["message-back",1,"2",{"3":[true]}]'],
    ['a text with an ack', '42456["message-with-ack",1,"2",{"3":[false]}]', '43456[1,"2",{"3":[false]}]'],
  ])('takes and gives %s', async ([, packet = '', answer], t) => {
    const socket = await connected(t)
    socket.send(packet)
    expect(await socket.nextPacket()).toBe(answer)
  })

  it.for([
    ['bytes', `452-["message",${placeholders}]`, `452-["message-back",${placeholders}]`],
    ['bytes with an ack', `452-789["message-with-ack",${placeholders}]`, `462-789[${placeholders}]`],
  ])('takes and gives %s', async ([, packet = '', answer], t) => {
    const socket = await connected(t)
    for (const part of [packet, ...attachments]) socket.send(part)
    const answers = [await socket.nextPacket(), await socket.nextPacket(), await socket.nextPacket()]
    expect(answers).toEqual([answer, ...attachments.map((part) => Buffer.from(part))])
  })

  it.for([
    ['type', '4abc'],
    ['payload', '42{}'],
    ['ack id', '42abc["message-with-ack",1,"2",{"3":[false]}]'],
  ])('closes upon a packet with an invalid %s', async ([, packet = ''], t) => {
    const socket = await connected(t)
    socket.send(packet)
    expect(await socket.closed).toBe(1005)
  })
})
