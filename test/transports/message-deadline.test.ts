import { afterEach, expect, it, vi } from 'vitest'
import { maxMessageMs } from '../../src/server/transports/websocket/message-deadline.ts'
import { closeCodes } from '../../src/shared/protocol/close-codes.ts'
import { fragmentsOf, frameOf, opcodes } from '../attack/socket/frames.ts'
import { RawConnection, upgradeRequest } from '../attack/socket/raw-connection.ts'
import { stopClock } from '../support/run/stopped-clock.ts'
import { type Cleanup, startServer, type TestServer } from '../support/server/server.ts'

const { text, ping, pong } = opcodes
const whole = frameOf({ payload: 'a message' })
const [start, rest] = [whole.subarray(0, 9), whole.subarray(9)]

afterEach(() => {
  vi.useRealTimers()
})

async function open(t: Cleanup, server: TestServer): Promise<RawConnection> {
  const wire = new RawConnection(server.port)
  t.onTestFinished(() => wire.reset())
  wire.write(upgradeRequest())
  await wire.answered()
  return wire
}

/** Sends the bytes behind a ping, whose pong shows that they were read. */
async function send(wire: RawConnection, ...bytes: Buffer[]): Promise<void> {
  const pongs = () => wire.frames.filter(({ opcode }) => opcode === pong).length
  const before = pongs()
  wire.write(Buffer.concat([frameOf({ opcode: ping }), ...bytes]))
  await wire.until(() => pongs() > before)
}

const echoes = (wire: RawConnection) => wire.frames.filter(({ opcode }) => opcode === text).length

function clock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
}

it('message deadline › closes a connection whose frame does not finish', async (t) => {
  clock()
  const wire = await open(t, await startServer(t))
  await send(wire, start)
  vi.advanceTimersByTime(maxMessageMs)
  expect(await wire.closed()).toBe(closeCodes.unresponsive)
})

it('message deadline › closes a connection whose last fragment is missing, whatever is sent meanwhile', async (t) => {
  clock()
  const wire = await open(t, await startServer(t))
  for (const fragment of fragmentsOf(text, ['1', '2', '3', '4', '5', '6']).slice(0, 5)) {
    await send(wire, fragment)
    expect(wire.closeCode).toBeUndefined()
    vi.advanceTimersByTime(maxMessageMs / 5)
  }
  expect(await wire.closed()).toBe(closeCodes.unresponsive)
})

it('message deadline › applies to each message separately, and not to the silence between messages', async (t) => {
  clock()
  const wire = await open(t, await startServer(t))
  await send(wire, start)
  for (let i = 1; i <= 3; i++) {
    vi.advanceTimersByTime(maxMessageMs - 1)
    // The next one begins as this one ends.
    wire.write(Buffer.concat([rest, start]))
    await wire.until(() => echoes(wire) === i)
  }
  wire.write(rest)
  await wire.until(() => echoes(wire) === 4)
  vi.advanceTimersByTime(100 * maxMessageMs)
  await send(wire, whole)
  await wire.until(() => echoes(wire) === 5)
  expect(wire.closeCode).toBeUndefined()
})

it('message deadline › accepts a text whose header arrives before the rest, whatever its mask', async (t) => {
  const wire = await open(t, await startServer(t))
  const frame = frameOf({ payload: '茶馆' })
  await send(wire, frame.subarray(0, 6))
  wire.write(frame.subarray(6))
  await wire.until(() => echoes(wire) === 1)
  await send(wire, frame)
  expect(wire.closeCode).toBeUndefined()
})

it('message deadline › closes at once with the reason when the text can never be valid', async (t) => {
  const wire = await open(t, await startServer(t))
  await send(wire, frameOf({ payload: Uint8Array.of(0xc3, 0x20), fin: false }))
  expect(await wire.closed()).toBe(1007)
})

it('message deadline › does not run while the server has paused reading', async (t) => {
  clock()
  const server = await startServer(t)
  const [wire, another] = [await open(t, server), await open(t, server)]
  const burst = 50
  // It pauses until time passes.
  const resume = stopClock(t)
  // The last of them waits until it may be answered, and what comes after it is not read for so long.
  wire.write(Buffer.concat([...Array(burst + 1).fill(whole), start]))
  await wire.until(() => echoes(wire) === burst)
  // The server takes one message of a connection at a time: when it has answered another connection, it has taken the next one too.
  await send(another, whole)
  await another.until(() => echoes(another) === 1)
  vi.advanceTimersByTime(10 * maxMessageMs)
  resume()
  wire.write(rest)
  await wire.until(() => echoes(wire) === burst + 2)
  expect(wire.closeCode).toBeUndefined()
})
