/**
 * The cases of the suite of engine.io-protocol 4 (github.com/socketio/socket.io, docs/engine.io-protocol/v4-test-suite), against the
 * engine as the server mounts it.
 */
import type { Socket as EngineSocket } from 'engine.io'
import { describe, expect, it } from 'vitest'
import { RawEngine } from '../../support/clients/raw-engine.ts'
import { patienceMs } from '../../support/run/timeouts.ts'
import {
  impatientOptions,
  oftenPinged,
  patientOptions,
  startProtocolServer,
} from '../../support/server/protocol-server.ts'
import type { Cleanup } from '../../support/server/server.ts'

/** Repeats every message. */
async function echo(t: Cleanup, options = patientOptions): Promise<RawEngine> {
  const { engine } = await watchedEcho(t, options)
  return engine
}

/** @returns also whether a poll of the only session has come, and waits */
async function watchedEcho(t: Cleanup, options = patientOptions) {
  const sessions: EngineSocket[] = []
  const url = await startProtocolServer(
    t,
    {
      begin: () => {},
      watch(engineSocket) {
        sessions.push(engineSocket)
        engineSocket.on('message', (data) => engineSocket.send(data))
      },
    },
    options,
  )
  const expectPolled = () => expect.poll(() => sessions[0]?.transport.writable, { timeout: patienceMs }).toBe(true)
  return { engine: new RawEngine(url), expectPolled }
}

const polling = 'EIO=4&transport=polling'
const separator = '\x1e'

async function textOf(answer: Promise<Response> | Response): Promise<[number, string]> {
  const response = await answer
  return [response.status, await response.text()]
}

/** Resolves when the server has closed the session: it knows its id no more. */
async function expectClosed(engine: RawEngine, sid: string): Promise<void> {
  await expect.poll(async () => (await engine.poll(sid)).status, { timeout: patienceMs }).toBe(400)
}

describe('engine.io-protocol 4 › handshake', () => {
  const handshake = (upgrades: string[]) => ({
    sid: expect.any(String),
    upgrades,
    pingInterval: patientOptions.pingInterval,
    pingTimeout: patientOptions.pingTimeout,
    maxPayload: patientOptions.maxHttpBufferSize,
  })

  it('opens a session of polls', async (t) => {
    const [status, text] = await textOf((await echo(t)).request(polling))
    expect([status, text[0], JSON.parse(text.slice(1))]).toEqual([200, '0', handshake(['websocket'])])
  })

  it.for(['transport=polling', 'EIO=abc&transport=polling'])(
    'refuses polls with the version of %s',
    async (query, t) => {
      expect((await (await echo(t)).request(query)).status).toBe(400)
    },
  )

  it.for(['EIO=4', 'EIO=4&transport=abc'])('refuses polls with the transport of %s', async (query, t) => {
    expect((await (await echo(t)).request(query)).status).toBe(400)
  })

  it.for(['POST', 'PUT'])('refuses a session that begins with %s', async (method, t) => {
    expect((await (await echo(t)).request(polling, { method })).status).toBe(400)
  })

  it('opens a session over a WebSocket', async (t) => {
    const text = await (await echo(t)).socket().next()
    expect([text[0], JSON.parse(text.slice(1) as string)]).toEqual(['0', handshake([])])
  })

  it.for(['transport=websocket', 'EIO=abc&transport=websocket'])(
    'refuses a WebSocket with the version of %s',
    async (query, t) => {
      expect(await (await echo(t)).socket(query).closed).toBe(1006)
    },
  )

  it.for(['EIO=4', 'EIO=4&transport=abc'])('refuses a WebSocket with the transport of %s', async (query, t) => {
    expect(await (await echo(t)).socket(query).closed).toBe(1006)
  })
})

describe('engine.io-protocol 4 › messages over polls', () => {
  it.for([
    ['one text', '4hello'],
    ['several texts', ['4test1', '4test2', '4test3'].join(separator)],
    ['text and bytes', ['4hello', 'bAQIDBA=='].join(separator)],
  ])('takes and gives a payload of %s', async ([, payload = ''], t) => {
    const engine = await echo(t)
    const sid = await engine.open()
    expect(await textOf(engine.post(sid, payload))).toEqual([200, 'ok'])
    expect(await textOf(engine.poll(sid))).toEqual([200, payload])
  })

  it('closes the session upon an invalid packet', async (t) => {
    const engine = await echo(t)
    const sid = await engine.open()
    // The connection may be closed instead of answered.
    await engine.post(sid, 'abc').catch(() => {})
    await expectClosed(engine, sid)
  })

  it('closes the session upon a second poll at the same time', async (t) => {
    const engine = await echo(t)
    const sid = await engine.open()
    const answers = await Promise.all([textOf(engine.poll(sid)), textOf(engine.poll(sid))])
    // Whichever came first: it is told of the close, and the other one is refused.
    expect(answers.map(([status]) => status).toSorted()).toEqual([200, 400])
    expect(answers.find(([status]) => status === 200)?.[1]).toBe('1')
    await expectClosed(engine, sid)
  })

  it('closes the session when a poll is cancelled', async (t) => {
    const { engine, expectPolled } = await watchedEcho(t)
    const sid = await engine.open()
    const abort = new AbortController()
    const waiting = engine.poll(sid, { signal: abort.signal }).catch(() => 'cancelled')
    await expectPolled()
    abort.abort()
    expect(await waiting).toBe('cancelled')
    await expectClosed(engine, sid)
  })
})

describe('engine.io-protocol 4 › messages over a WebSocket', () => {
  it('takes and gives a text', async (t) => {
    const socket = await (await echo(t)).openSocket()
    socket.send('4hello')
    expect(await socket.nextPacket()).toBe('4hello')
  })

  it('takes and gives bytes', async (t) => {
    const socket = await (await echo(t)).openSocket()
    socket.send(Uint8Array.from([1, 2, 3, 4]))
    expect(await socket.nextPacket()).toEqual(Buffer.from([1, 2, 3, 4]))
  })

  it('closes upon an invalid packet', async (t) => {
    const socket = await (await echo(t)).openSocket()
    socket.send('abc')
    expect(await socket.closed).toBe(1005)
  })
})

describe('engine.io-protocol 4 › heartbeat', () => {
  it('pings a client that polls, for as long as it answers', async (t) => {
    const engine = await echo(t, oftenPinged)
    const sid = await engine.open()
    for (let i = 0; i < 3; i++) {
      expect(await textOf(engine.poll(sid))).toEqual([200, '2'])
      expect((await engine.post(sid, '3')).status).toBe(200)
    }
  })

  it('closes the session of a client that does not poll', async (t) => {
    const engine = await echo(t, impatientOptions)
    const sid = await engine.open()
    // A poll would take the ping.
    await expect.poll(async () => (await engine.post(sid, '6')).status, { timeout: patienceMs }).toBe(400)
  })

  it('pings a WebSocket, for as long as it answers', async (t) => {
    const socket = await (await echo(t, oftenPinged)).openSocket()
    for (let i = 0; i < 3; i++) {
      expect(await socket.next()).toBe('2')
      socket.send('3')
    }
  })

  it('closes a WebSocket that does not answer', async (t) => {
    const socket = await (await echo(t, impatientOptions)).openSocket()
    expect(await socket.closed).toBe(1005)
    expect(socket.received.slice(1)).toEqual(['2'])
  })
})

describe('engine.io-protocol 4 › close', () => {
  it('ends a session of polls that says so, and its poll', async (t) => {
    const { engine, expectPolled } = await watchedEcho(t)
    const sid = await engine.open()
    const waiting = textOf(engine.poll(sid))
    await expectPolled()
    await engine.post(sid, '1')
    expect(await waiting).toEqual([200, '6'])
    await expectClosed(engine, sid)
  })

  it('ends a WebSocket that says so', async (t) => {
    const socket = await (await echo(t, impatientOptions)).openSocket()
    socket.send('1')
    expect(await socket.closed).toBe(1005)
  })
})

describe('engine.io-protocol 4 › upgrade', () => {
  it('goes from polls to a WebSocket', async (t) => {
    const engine = await echo(t)
    const sid = await engine.open()
    const socket = await engine.probe(sid)
    // Ends the poll, so that the client may go on.
    expect(await textOf(engine.poll(sid))).toEqual([200, '6'])
    socket.send('5')
    socket.send('4hello')
    expect(await socket.nextPacket()).toBe('4hello')
  })

  it('answers no more polls after it', async (t) => {
    const engine = await echo(t)
    const sid = await engine.open()
    const socket = await engine.probe(sid)
    socket.send('5')
    socket.send('4hello')
    expect(await socket.nextPacket()).toBe('4hello')
    expect((await engine.poll(sid)).status).toBe(400)
    socket.send('4again')
    expect(await socket.nextPacket()).toBe('4again')
  })

  it('takes no second WebSocket after it', async (t) => {
    const engine = await echo(t)
    const sid = await engine.open()
    const socket = await engine.probe(sid)
    socket.send('5')
    socket.send('4hello')
    expect(await socket.nextPacket()).toBe('4hello')
    expect(await engine.socket(`EIO=4&transport=websocket&sid=${sid}`).closed).toBe(1005)
    socket.send('4again')
    expect(await socket.nextPacket()).toBe('4again')
  })
})
