import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { SocketEvents } from '../../../clients/js/src/environment.ts'
import { Transports } from '../../../clients/js/src/transports.ts'
import { FakeTransport } from '../../client/support/fakes.ts'

function world(load: () => Promise<void> = async () => {}) {
  const opened: { kind: 'socket' | 'http'; line: FakeTransport }[] = []
  const open = (kind: 'socket' | 'http') => (events: SocketEvents) => {
    const line = new FakeTransport(events)
    opened.push({ kind, line })
    return line
  }
  const transports = new Transports(open('socket'), async () => {
    await load()
    return open('http')
  })
  const closed: number[] = []
  const connect = () => {
    const transport = transports.open({ opened: () => {}, received: () => {}, closed: (code) => closed.push(code) })
    return transport
  }
  return { opened, closed, connect, kinds: () => opened.map(({ kind }) => kind) }
}

describe('transports', () => {
  it('try HTTP after two WebSockets that never opened, then a WebSocket again', async () => {
    const { connect, kinds } = world()
    for (let i = 0; i < 5; i++) {
      connect()
      await setImmediate()
    }
    expect(kinds()).toEqual(['socket', 'socket', 'http', 'socket', 'http'])
  })

  it('stay with WebSockets that open, however often they break', async () => {
    const { connect, opened, kinds } = world()
    for (let i = 0; i < 4; i++) {
      connect()
      opened.at(-1)?.line.events.opened()
      opened.at(-1)?.line.events.closed(1006)
    }
    await setImmediate()
    expect(kinds()).toEqual(['socket', 'socket', 'socket', 'socket'])
  })

  it('open nothing over HTTP that was dropped while its code was loaded', async () => {
    const { connect, kinds } = world()
    connect()
    connect()
    connect().drop()
    await setImmediate()
    expect(kinds()).toEqual(['socket', 'socket'])
  })

  it('say that the connection is lost when the code cannot be loaded', async () => {
    const { connect, closed } = world(async () => {
      throw new Error('offline')
    })
    for (let i = 0; i < 3; i++) connect()
    await setImmediate()
    expect(closed).toEqual([1006])
  })
})
