import { describe, expect, it, vi } from 'vitest'
import { Attachments, attachmentsMs } from '../../../src/server/transports/socket-io/attachments.ts'
import { HeldBytes, LargeMessages } from '../../../src/server/transports/socket-io/held-bytes.ts'
import { hasTooMuchText } from '../../../src/server/transports/socket-io/payload.ts'

function follow(held = new HeldBytes()) {
  const closed: { code: number; reason: string }[] = []
  const pause = vi.fn()
  const place = { close: (code: number, reason: string) => void closed.push({ code, reason }), pause }
  return { held, closed, pause, attachments: new Attachments(held, place) }
}

describe('bytes of an event', () => {
  it('that do not come close the client in time, and those that come do not', async (t) => {
    vi.useFakeTimers()
    t.onTestFinished(() => void vi.useRealTimers())
    const { closed, attachments, held } = follow(new HeldBytes(10))
    attachments.take('52-["file"]')
    attachments.take(Buffer.alloc(10))
    expect(held.hold(1)).toBeUndefined()
    vi.advanceTimersByTime(attachmentsMs - 1)
    expect(closed).toEqual([])
    vi.advanceTimersByTime(1)
    expect(closed).toEqual([{ code: 4108, reason: 'The bytes of an event took too long' }])
    expect(held.hold(10), 'what came is not held any more').toBeDefined()
    const whole = follow()
    whole.attachments.take('51-["file"]')
    whole.attachments.take(Buffer.alloc(10))
    vi.advanceTimersByTime(2 * attachmentsMs)
    expect(whole.closed).toEqual([])
    expect(whole.attachments.take('2["talk","x"]')).toBe(false)
  })

  it('are refused while those of all clients are too many, and taken later', () => {
    const { closed, attachments, held } = follow(new HeldBytes(100))
    const giveBack = held.hold(95)
    attachments.take('51-["file"]')
    attachments.take(Buffer.alloc(10))
    expect(closed).toEqual([{ code: 1013, reason: 'Too many files are arriving at this moment. Try again.' }])
    giveBack?.()
    giveBack?.()
    attachments.take('51-["file"]')
    attachments.take(Buffer.alloc(10))
    expect(closed).toHaveLength(1)
    expect(held.hold(101), 'what was given back twice counts once').toBeUndefined()
  })
})

it('bytes of an event that takes none › let nothing more be read until it is refused', () => {
  const { attachments, pause } = follow()
  for (const packet of ['51-["file",{}]', '51-7["file",{}]']) {
    attachments.take(packet)
    attachments.take(Buffer.alloc(10))
  }
  expect(pause).not.toHaveBeenCalled()
  attachments.take('51-["talk",{}]')
  expect(pause).not.toHaveBeenCalled()
  attachments.take(Buffer.alloc(10))
  expect(pause).toHaveBeenCalledOnce()
})

describe('a large message', () => {
  it('has a place among those of all clients until it is whole', () => {
    const held = new HeldBytes(300_000)
    const closed: { code: number }[] = []
    const [one, other] = [1, 2].map(() => new LargeMessages(held, { close: (code) => void closed.push({ code }) }))
    one?.grows(32 * 1024)
    one?.grows(100_000)
    one?.grows(200_000)
    other?.grows(1_000)
    expect(closed).toEqual([])
    other?.grows(40_000)
    expect(closed).toMatchObject([{ code: 1013 }])
    one?.ends()
    other?.grows(40_000)
    expect(closed).toHaveLength(1)
    other?.grows(262_145)
    expect(closed).toMatchObject([{ code: 1013 }, { code: 1009 }])
  })
})

describe('a request of polls', () => {
  it('has as many texts as a message, and bytes beside them', () => {
    const bytes = `b${'A'.repeat(349_528)}`
    expect(hasTooMuchText(`451-["file"]\x1e${bytes}`)).toBe(false)
    expect(hasTooMuchText(`4${'x'.repeat(32_767)}`)).toBe(false)
    expect(hasTooMuchText(`4${'x'.repeat(32_768)}`)).toBe(true)
    expect(hasTooMuchText(`4${'x'.repeat(20_000)}\x1e${bytes}\x1e4${'x'.repeat(20_000)}`)).toBe(true)
    expect(hasTooMuchText('\x1e'.repeat(40_000))).toBe(true)
    expect(hasTooMuchText('b\x1e'.repeat(20_000))).toBe(true)
  })
})
