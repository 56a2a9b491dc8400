import { describe, expect, it, vi } from 'vitest'
import { Attachments, attachmentsMs } from '../../../src/server/transports/socket-io/attachments.ts'
import { commandFrame, dropBytes, receivedEvent } from '../../../src/server/transports/socket-io/events.ts'
import { HeldBytes, LargeMessages } from '../../../src/server/transports/socket-io/held-bytes.ts'
import { hasTooMuchText } from '../../../src/server/transports/socket-io/payload.ts'

function follow(held = new HeldBytes()) {
  const closed: { code: number; reason: string }[] = []
  const place = { network: 'here', close: (code: number, reason: string) => void closed.push({ code, reason }) }
  return { held, closed, attachments: new Attachments(held, place) }
}

describe('bytes of an event', () => {
  it('that do not come close the client in time, and those that come do not', async (t) => {
    vi.useFakeTimers()
    t.onTestFinished(() => void vi.useRealTimers())
    const { closed, attachments, held } = follow(new HeldBytes(80, 10))
    attachments.take('52-["file"]')
    attachments.take(Buffer.alloc(10))
    expect(held.hold('here', 1)).toBeUndefined()
    vi.advanceTimersByTime(attachmentsMs - 1)
    expect(closed).toEqual([])
    vi.advanceTimersByTime(1)
    expect(closed).toEqual([{ code: 4108, reason: 'The bytes of an event took too long' }])
    expect(held.hold('here', 10), 'what came is not held any more').toBeDefined()
    const whole = follow()
    whole.attachments.take('51-["file"]')
    whole.attachments.take(Buffer.alloc(10))
    vi.advanceTimersByTime(2 * attachmentsMs)
    expect(whole.closed).toEqual([])
    expect(whole.attachments.take('2["talk","x"]')).toBe(false)
  })

  it('are not a message that has no content, which closes the client that owes them and nobody else', () => {
    const { closed, attachments } = follow()
    expect(attachments.take(undefined)).toBe(false)
    attachments.take('51-["file"]')
    attachments.take(undefined)
    expect(closed).toEqual([{ code: 1003, reason: 'Bytes of an event are missing' }])
  })

  it('are refused while those of all clients are too many, and taken later', () => {
    const { closed, attachments, held } = follow(new HeldBytes(800, 100))
    const giveBack = held.hold('here', 95)
    attachments.take('51-["file"]')
    attachments.take(Buffer.alloc(10))
    expect(closed).toEqual([{ code: 1013, reason: 'Too many files are arriving at this moment. Try again.' }])
    giveBack?.()
    giveBack?.()
    attachments.take('51-["file"]')
    attachments.take(Buffer.alloc(10))
    expect(closed).toHaveLength(1)
    expect(held.hold('here', 101), 'what was given back twice counts once').toBeUndefined()
  })
})

describe('an event with bytes', () => {
  it('has no longer text than others', () => {
    const { closed, attachments } = follow()
    const event = (characters: number) => `51-["file","${'x'.repeat(characters - 14)}"]`
    expect(event(32 * 1024 - 1)).toHaveLength(32 * 1024 - 1)
    attachments.take(event(32 * 1024 - 1))
    attachments.take(Buffer.alloc(10))
    expect(closed).toEqual([])
    attachments.take(event(32 * 1024))
    expect(closed).toMatchObject([{ code: 1009 }])
    const other = follow()
    other.attachments.take(event(20_000).replaceAll('x', '茶'))
    expect(other.closed, 'bytes count, not characters').toMatchObject([{ code: 1009 }])
  })

  it('that takes none loses them before it waits, wherever they are, and is refused as before', () => {
    const bytes = Buffer.from('tea')
    const deep = Array.from({ length: 20_000 }).reduce<unknown[]>((inner) => [inner], [bytes])
    const odd = JSON.parse('{"__proto__":1,"room":2}')
    for (const key of Object.keys(odd)) odd[key] = bytes
    const event = receivedEvent('chat', [bytes, { data: [bytes, 'text'] }, odd, deep])
    dropBytes(event)
    const none = Buffer.alloc(0)
    expect(event.args.slice(0, 2)).toEqual([none, { data: [none, 'text'] }])
    expect(Object.values(odd)).toEqual([none, none])
    let innermost = deep
    while (Array.isArray(innermost[0])) innermost = innermost[0]
    expect(innermost).toEqual([none])
    expect(() => commandFrame(event, 'lobby')).toThrow('Only "file" takes binary data.')
  })
})

describe('a large message', () => {
  it('has a place among those of all clients until it is whole', () => {
    const held = new HeldBytes(8 * 250_000, 250_000)
    const closed: { code: number }[] = []
    const place = { network: 'here', close: (code: number) => void closed.push({ code }) }
    const [one, other] = [new LargeMessages(held, place), new LargeMessages(held, place)]
    one.grows(32 * 1024)
    one.grows(100_000)
    one.grows(200_000)
    other.grows(1_000)
    other.grows(50_000)
    expect(closed, 'what was announced counts, and no more').toEqual([])
    other.grows(50_001)
    expect(closed).toMatchObject([{ code: 1013 }])
    one.ends()
    other.grows(50_001)
    expect(closed).toHaveLength(1)
    other.grows(262_145)
    expect(closed).toMatchObject([{ code: 1013 }, { code: 1009 }])
    other.ends()
    expect(held.hold('here', 250_000), 'nothing is held any more').toBeDefined()
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
