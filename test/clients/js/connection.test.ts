import { beforeEach, describe, expect, it } from 'vitest'
import { Connection, type ConnectionState } from '../../../clients/js/src/connection.ts'
import * as times from '../../../clients/js/src/connection-times.ts'
import { FakeWorld } from '../../client/support/fakes.ts'

let world: FakeWorld
let connection: Connection
let states: ConnectionState[]
let received: string[]

beforeEach(() => {
  world = new FakeWorld()
  states = []
  received = []
  connection = new Connection(world, {
    changed: (state) => states.push(state),
    received: (text) => received.push(text),
  })
})

function open() {
  connection.start()
  world.line.events.opened()
  return world.line
}

/** Milliseconds until the next line is tried. */
function delay(): number {
  if (connection.state.state !== 'waiting') throw new Error(`It is ${connection.state.state}.`)
  return connection.state.retryAt - world.clock.now()
}

describe('connection', () => {
  it('opens and transfers frames both ways', () => {
    const line = open()
    expect(states.map(({ state }) => state)).toEqual(['connecting', 'open'])
    expect(connection.send('hello')).toBe(true)
    line.events.received('welcome')
    expect(line.sent).toEqual(['hello'])
    expect(received).toEqual(['welcome'])
  })

  it('refuses to send while it is not open', () => {
    connection.start()
    expect(connection.send('hello')).toBe(false)
    expect(world.line.sent).toEqual([])
  })

  it('gives up when it has not opened after 5 s', () => {
    connection.start()
    world.clock.pass(times.connectMs - 1)
    expect(world.line.isDropped).toBe(false)
    world.clock.pass(1)
    expect(world.lines[0]?.isDropped).toBe(true)
    expect(connection.state.state).toBe('waiting')
  })
})

describe('connection › retry', () => {
  it('waits a random part of a time that doubles up to 30 s', () => {
    world.luck = 0.999_999
    connection.start()
    const delays = Array.from({ length: 9 }, () => {
      world.line.events.closed(1006)
      const ms = Math.round(delay())
      world.clock.pass(ms)
      return ms
    })
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  })

  it('may happen at once, with full jitter', () => {
    world.luck = 0
    connection.start()
    world.line.events.closed(1006)
    expect(delay()).toBe(0)
  })

  it('starts the doubling again after a connection that was active after 10 s', () => {
    world.luck = 0.5
    connection.start()
    for (let i = 0; i < 5; i++) {
      world.line.events.closed(1006)
      world.clock.pass(delay())
    }
    world.line.events.opened()
    world.clock.pass(times.silenceMs)
    world.line.hears({ type: 'pong' })
    world.clock.pass(times.silenceMs)
    world.line.hears({ type: 'pong' })
    world.line.events.closed(1006)
    expect(delay()).toBe(250)
  })

  it('continues the doubling after a connection that lasted less than 10 s or never received a frame', () => {
    world.luck = 0.5
    connection.start()
    for (let i = 0; i < 5; i++) {
      world.line.events.closed(1006)
      world.clock.pass(delay())
    }
    world.line.events.opened()
    world.clock.pass(times.silenceMs)
    world.line.hears({ type: 'pong' })
    world.clock.pass(times.stableMs - times.silenceMs - 1)
    world.line.events.closed(1006)
    expect(delay()).toBe(8000)
    world.clock.pass(8000)
    world.line.events.opened()
    world.clock.pass(times.silenceMs + times.answerMs)
    expect(delay()).toBe(15_000)
  })

  it('waits the time that the server asked for, plus jitter', () => {
    open()
    connection.reconnectAfter(4000)
    world.line.events.closed(1012)
    expect(delay()).toBe(4000 + 0.5 * 4000)
    world.events.dispatchEvent(new Event('online'))
    expect(connection.state.state).toBe('waiting')
  })

  it('uses that time only once', () => {
    open()
    connection.reconnectAfter(4000)
    world.line.events.closed(1012)
    world.clock.pass(delay())
    world.line.events.closed(1006)
    expect(delay()).toBeLessThan(4000)
  })

  it('waits at least a minute after a flood was refused', () => {
    world.luck = 0
    open()
    world.line.events.closed(4129)
    expect(delay()).toBe(60_000)
  })

  it('waits at least a minute when the user has too many connections, and says so (FAULTS 22)', () => {
    world.luck = 0
    open()
    world.line.events.closed(4130)
    expect(delay()).toBe(60_000)
    expect(connection.state).toMatchObject({ state: 'waiting', code: 4130 })
  })

  it('happens at once on request', () => {
    connection.start()
    world.line.events.closed(1006)
    connection.tryNow()
    expect(world.lines).toHaveLength(2)
    expect(connection.state.state).toBe('connecting')
  })

  it('leaves no second timer behind', () => {
    connection.start()
    world.line.events.closed(1006)
    connection.tryNow()
    world.line.events.opened()
    expect(world.clock.timers).toBe(1)
  })
})

describe('connection › end', () => {
  it.each([1003, 1007, 1009, 4001, 4002, 4003, 4010])('is final after %i', (code) => {
    open()
    world.line.events.closed(code)
    expect(connection.state).toEqual({ state: 'ended', code })
    for (const type of ['online', 'pageshow', 'visibilitychange', 'pagehide'])
      world.events.dispatchEvent(new Event(type))
    world.clock.pass(3_600_000)
    expect(world.lines).toHaveLength(1)
    expect(connection.state).toEqual({ state: 'ended', code })
  })

  it.each([1000, 1001, 1006, 1011, 1012, 4108, 4129, 4130, 4999])('is not final after %i', (code) => {
    open()
    world.line.events.closed(code)
    world.clock.pass(delay())
    expect(world.lines).toHaveLength(2)
  })
})

describe('connection › silence', () => {
  it('is answered with a ping', () => {
    const line = open()
    world.clock.pass(times.silenceMs - 1)
    expect(line.frames).toEqual([])
    world.clock.pass(1)
    expect(line.frames).toEqual([{ type: 'ping' }])
  })

  it('of 10 s ends the connection, whenever the last frame came, and a new one is opened', () => {
    const line = open()
    world.clock.pass(3_210)
    line.hears({ type: 'chat' })
    world.clock.pass(9_999)
    expect(line.isDropped).toBe(false)
    world.clock.pass(1)
    expect(line.isDropped).toBe(true)
    world.clock.pass(500)
    expect(world.lines).toHaveLength(2)
  })

  it('is tolerated longer by a hidden page, and no longer once it is visible', () => {
    world.hidden = true
    const line = open()
    world.clock.pass(times.hiddenSilenceMs - 1)
    expect(line.frames).toEqual([])
    world.clock.pass(1)
    expect(line.frames).toEqual([{ type: 'ping' }])
    world.clock.pass(times.hiddenAnswerMs - 1)
    expect(line.isDropped).toBe(false)
    world.clock.pass(1)
    expect(line.isDropped).toBe(true)

    world.clock.pass(500)
    world.line.events.opened()
    world.clock.pass(12_000)
    world.hidden = false
    world.events.dispatchEvent(new Event('visibilitychange'))
    world.clock.pass(times.wakeAnswerMs)
    expect(world.lines[1]?.isDropped).toBe(true)
  })

  it('that ends with an answer keeps the connection', () => {
    const line = open()
    for (let i = 0; i < 10; i++) {
      world.clock.pass(times.silenceMs + times.answerMs - 1)
      line.hears({ type: 'pong' })
    }
    expect(line.isDropped).toBe(false)
    expect(connection.state.state).toBe('open')
  })

  it('does not occur while frames arrive', () => {
    const line = open()
    for (let i = 0; i < 20; i++) {
      world.clock.pass(times.silenceMs / 2)
      line.hears({ type: 'chat' })
    }
    expect(line.frames).toEqual([])
  })
})

describe('connection › waking up', () => {
  it('opens none when the browser says that it is offline', () => {
    connection.start()
    world.line.events.closed(1006)
    world.events.dispatchEvent(new Event('offline'))
    expect(world.lines).toHaveLength(1)
  })

  it.each(['visibilitychange', 'pageshow', 'online'])('retries at once on %s', (type) => {
    connection.start()
    world.line.events.closed(1006)
    world.events.dispatchEvent(new Event(type))
    expect(world.lines).toHaveLength(2)
  })

  it('pings an open connection, and gives it up soon without an answer', () => {
    const line = open()
    world.events.dispatchEvent(new Event('visibilitychange'))
    expect(line.frames).toEqual([{ type: 'ping' }])
    world.clock.pass(times.wakeAnswerMs)
    expect(line.isDropped).toBe(true)
  })

  it('is given up within a second when the browser says that it is offline, unless the server answers', () => {
    const line = open()
    world.events.dispatchEvent(new Event('offline'))
    expect(line.frames).toEqual([{ type: 'ping' }])
    line.hears({ type: 'pong' })
    world.clock.pass(times.offlineAnswerMs)
    expect(line.isDropped).toBe(false)
    world.events.dispatchEvent(new Event('offline'))
    world.clock.pass(times.offlineAnswerMs)
    expect(line.isDropped).toBe(true)
  })

  it('keeps an open connection that answers', () => {
    const line = open()
    world.events.dispatchEvent(new Event('online'))
    line.hears({ type: 'pong' })
    world.clock.pass(times.wakeAnswerMs)
    expect(line.isDropped).toBe(false)
  })

  it('is detected by a jump of the clock', () => {
    const line = open()
    world.clock.pass(1000)
    world.clock.sleep(times.jumpMs)
    world.clock.pass(0)
    expect(line.frames).toEqual([{ type: 'ping' }])
    world.clock.pass(times.wakeAnswerMs)
    expect(line.isDropped).toBe(true)
  })

  it('opens a new connection after the page was frozen and closed the old one', () => {
    const line = open()
    world.events.dispatchEvent(new Event('pagehide'))
    expect(line.isDropped).toBe(true)
    world.clock.pass(3_600_000)
    expect(world.lines).toHaveLength(1)
    world.events.dispatchEvent(new Event('visibilitychange'))
    expect(world.lines).toHaveLength(1)
    world.events.dispatchEvent(new Event('pageshow'))
    expect(world.lines).toHaveLength(2)
  })

  it.each([
    ['a flood', 4129, 0],
    ['bye', 1012, 60_000],
  ])('keeps the wait that the server asked for after %s when the page was frozen meanwhile', (_, code, byeMs) => {
    open()
    connection.reconnectAfter(byeMs)
    world.line.events.closed(code)
    const wait = delay()
    world.events.dispatchEvent(new Event('pagehide'))
    world.clock.pass(1_000)
    world.events.dispatchEvent(new Event('pageshow'))
    world.events.dispatchEvent(new Event('online'))
    expect(delay()).toBe(wait - 1_000)
    world.clock.pass(wait - 1_001)
    expect(world.lines).toHaveLength(1)
    world.clock.pass(1)
    expect(world.lines).toHaveLength(2)
    expect(world.clock.timers).toBe(1)
  })

  it('does not happen when the page becomes hidden', () => {
    connection.start()
    world.line.events.closed(1006)
    world.hidden = true
    world.events.dispatchEvent(new Event('visibilitychange'))
    expect(world.lines).toHaveLength(1)
  })
})
