import { beforeEach, describe, expect, it } from 'vitest'
import { storageInMemory } from '../../../clients/js/src/memory-storage.ts'
import { Outbox } from '../../../clients/js/src/outbox.ts'
import { type Item, randomKey, type Storage, type StoredItem } from '../../../clients/js/src/outbox-items.ts'
import { FakeClock } from '../../client/support/fakes.ts'

let clock: FakeClock
let storage: Storage
let sent: Item[]
let isOpen: boolean
let shown: number
let keys: number

beforeEach(() => {
  clock = new FakeClock()
  storage = storageInMemory()
  sent = []
  isOpen = true
  shown = 10
  keys = 0
})

function newOutbox({ user = 1, tab = 'this tab' } = {}): Outbox {
  return new Outbox({
    user,
    tab,
    storage,
    clock,
    newKey: () => `key ${++keys}`,
    send: (item) => isOpen && sent.push(item) > 0,
    shown: () => shown,
    changed: () => {},
  })
}

function openOutbox() {
  const outbox = newOutbox()
  outbox.roomOpen('lobby')
  return outbox
}

const texts = (items: readonly StoredItem[]) => items.map(({ data }) => data)
const states = ({ items }: Outbox) => items.map(({ sending }) => sending.state)
const tooFast = { code: 'too-fast', message: 'Too fast.', retryAfterMs: 700 } as const
const tooLong = {
  code: 'too-long',
  message: 'A message has at most 4,000 characters.',
  retryAfterMs: undefined,
} as const

/** As the page after a reload would begin: with what is stored. */
async function reloaded(options = {}): Promise<Outbox> {
  const outbox = newOutbox(options)
  await outbox.adopt(() => true)
  return outbox
}

describe('outbox › message', () => {
  it('is sent at once when the room is open', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'hello')
    expect(sent).toMatchObject([{ key: 'key 1', room: 'lobby', data: 'hello' }])
    expect(states(outbox)).toEqual(['sent'])
  })

  it('waits until the room is open', () => {
    const outbox = newOutbox()
    outbox.add('lobby', 'hello')
    expect(sent).toEqual([])
    outbox.roomOpen('lobby')
    expect(texts(sent)).toEqual(['hello'])
  })

  it('waits although another room is open', () => {
    const outbox = newOutbox()
    outbox.add('lobby', 'hello')
    outbox.roomOpen('kitchen')
    expect(sent).toEqual([])
  })

  it('is removed once it is stored and shown', async () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'hello')
    outbox.sent('key 1', 11)
    expect(states(outbox)).toEqual(['stored'])
    shown = 11
    outbox.shown('lobby')
    expect(outbox.items).toEqual([])
    expect(await storage.all()).toEqual([])
  })

  it('is kept while it is stored and not shown', async () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'hello')
    outbox.sent('key 1', 12)
    shown = 11
    outbox.shown('lobby')
    expect(states(outbox)).toEqual(['stored'])
    expect(await storage.all()).toHaveLength(1)
  })

  it('is removed at once when it is stored and already shown', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'hello')
    shown = 11
    outbox.sent('key 1', 11)
    expect(outbox.items).toEqual([])
  })

  it('is sent while fewer than 8 are unanswered', () => {
    const outbox = openOutbox()
    for (let i = 1; i <= 10; i++) outbox.add('lobby', `${i}`)
    expect(texts(sent)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8'])
    outbox.sent('key 1', 11)
    expect(texts(sent)).toHaveLength(9)
  })
})

describe('outbox › lost connection', () => {
  it('sends everything again in order under the same keys', () => {
    const outbox = openOutbox()
    for (const text of ['one', 'two', 'three']) outbox.add('lobby', text)
    outbox.sent('key 1', 11)
    isOpen = false
    outbox.connectionLost()
    outbox.add('lobby', 'four')
    isOpen = true
    sent = []
    outbox.roomOpen('lobby')
    expect(sent.map(({ key, data }) => [key, data])).toEqual([
      ['key 2', 'two'],
      ['key 3', 'three'],
      ['key 4', 'four'],
    ])
  })

  it('marks only sent messages as possibly stored', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'sent')
    outbox.connectionLost()
    outbox.add('lobby', 'written later')
    expect(outbox.items.map(({ uncertain }) => uncertain ?? false)).toEqual([true, false])
  })

  it('sends nothing until the room is open again', () => {
    const outbox = openOutbox()
    outbox.connectionLost()
    outbox.add('lobby', 'hello')
    expect(sent).toEqual([])
  })

  it('does not send again what is known to be stored', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'hello')
    outbox.sent('key 1', 11)
    outbox.connectionLost()
    outbox.roomOpen('lobby')
    expect(sent).toHaveLength(1)
  })

  it('sends it again when the log was replaced', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'hello')
    outbox.sent('key 1', 11)
    outbox.connectionLost()
    outbox.roomReset('lobby')
    outbox.roomOpen('lobby')
    expect(sent.map(({ key }) => key)).toEqual(['key 1', 'key 1'])
  })
})

describe('outbox › refusal', () => {
  it('is shown with its reason, and the next messages are sent', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'too long')
    outbox.add('lobby', 'short')
    expect(outbox.failed('key 1', tooLong)).toBe(true)
    expect(outbox.items[0]).toMatchObject({ refused: tooLong.message, sending: { state: 'refused' } })
    expect(states(outbox)).toEqual(['refused', 'sent'])
  })

  it('of another command is ignored', () => {
    expect(openOutbox().failed('key 9', tooLong)).toBe(false)
  })

  it('is not retried automatically', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'too long')
    outbox.failed('key 1', tooLong)
    outbox.connectionLost()
    outbox.roomOpen('lobby')
    clock.pass(60_000)
    expect(sent).toHaveLength(1)
  })

  it('is retried on request', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'too long')
    outbox.failed('key 1', tooLong)
    outbox.retry('key 1')
    expect(sent).toHaveLength(2)
    expect(outbox.items[0]?.refused).toBeUndefined()
  })

  it('is removed when the user discards it', async () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'too long')
    outbox.failed('key 1', tooLong)
    outbox.discard('key 1')
    expect(outbox.items).toEqual([])
    expect(await storage.all()).toEqual([])
  })

  it('survives a reload', async () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'too long')
    outbox.failed('key 1', tooLong)
    const next = await reloaded()
    next.roomOpen('lobby')
    expect(next.items).toMatchObject([{ refused: tooLong.message, sending: { state: 'refused' } }])
    expect(sent).toHaveLength(1)
  })
})

describe('outbox › too fast', () => {
  it('retries automatically after the time that the server named', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'hello')
    outbox.failed('key 1', tooFast)
    clock.pass(699)
    expect(sent).toHaveLength(1)
    clock.pass(1)
    expect(sent).toHaveLength(2)
  })

  it('holds back later messages, and continues one by one in order', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'one')
    outbox.failed('key 1', tooFast)
    outbox.add('lobby', 'two')
    outbox.add('lobby', 'three')
    clock.pass(700)
    expect(texts(sent)).toEqual(['one', 'one'])
    outbox.sent('key 1', 11)
    expect(texts(sent)).toEqual(['one', 'one', 'two'])
    outbox.sent('key 2', 12)
    expect(texts(sent)).toEqual(['one', 'one', 'two', 'three'])
  })

  it('does not hold back messages to other rooms', () => {
    const outbox = openOutbox()
    outbox.roomOpen('kitchen')
    outbox.add('lobby', 'slow')
    outbox.failed('key 1', tooFast)
    outbox.add('kitchen', 'quick')
    expect(texts(sent)).toEqual(['slow', 'quick'])
    outbox.sent('key 2', 5)
    clock.pass(700)
    expect(texts(sent)).toEqual(['slow', 'quick', 'slow'])
  })

  it('ends once everything was sent', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'one')
    outbox.failed('key 1', tooFast)
    clock.pass(700)
    outbox.sent('key 1', 11)
    for (const text of ['two', 'three']) outbox.add('lobby', text)
    expect(states(outbox).slice(-2)).toEqual(['sent', 'sent'])
  })

  it('keeps a message that the server cannot store, says so, and sends it again (operation 7)', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'hello')
    outbox.add('lobby', 'again')
    const unavailable = { code: 'unavailable', message: 'Not now.', retryAfterMs: 5_000 } as const
    outbox.failed('key 1', unavailable)
    outbox.failed('key 2', unavailable)
    expect(outbox.items.map((item) => item.unavailable)).toEqual([true, true])
    expect(states(outbox)).toEqual(['waiting', 'waiting'])
    clock.pass(5_000)
    expect(texts(sent)).toEqual(['hello', 'again', 'hello'])
    outbox.sent('key 1', 11)
    expect(outbox.items.map((item) => item.unavailable)).toEqual([undefined, undefined])
    expect(texts(sent)).toEqual(['hello', 'again', 'hello', 'again'])
  })

  it('also applies to internal errors of the server', () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'hello')
    outbox.failed('key 1', { code: 'internal', message: 'Something went wrong.', retryAfterMs: undefined })
    expect(states(outbox)).toEqual(['waiting'])
    clock.pass(2_000)
    expect(sent).toHaveLength(2)
  })
})

describe('outbox › reload', () => {
  it('keeps everything, and sends in the order of writing', async () => {
    const outbox = newOutbox()
    for (const text of ['one', 'two', 'three']) outbox.add('lobby', text)
    const next = await reloaded()
    next.roomOpen('lobby')
    expect(sent.map(({ key, data }) => [key, data])).toEqual([
      ['key 1', 'one'],
      ['key 2', 'two'],
      ['key 3', 'three'],
    ])
  })

  it('marks what was sent and not answered as possibly stored', async () => {
    const outbox = openOutbox()
    outbox.add('lobby', 'hello')
    const next = await reloaded()
    expect(next.items).toMatchObject([{ uncertain: true, tried: 10 }])
  })

  it('ignores messages of another user in the same browser', async () => {
    newOutbox({ user: 1 }).add('lobby', 'hello')
    expect((await reloaded({ user: 2 })).items).toEqual([])
  })

  it('ignores messages that another tab manages', async () => {
    newOutbox({ tab: 'another tab' }).add('lobby', 'theirs')
    const outbox = newOutbox()
    await outbox.adopt(({ tab }) => tab !== 'another tab')
    expect(outbox.items).toEqual([])
  })

  it('ignores messages that it already has', async () => {
    const outbox = newOutbox()
    outbox.add('lobby', 'hello')
    await outbox.adopt(() => true)
    expect(outbox.items).toHaveLength(1)
  })
})

describe('outbox › repeated look for items of closed tabs', () => {
  /** As a slow disk: reads what is stored now, and answers after `meanwhile`. */
  const whileReading = async (outbox: Outbox, meanwhile: () => void) => {
    const all = storage.all()
    storage.all = () => all
    const done = outbox.adopt(() => true)
    meanwhile()
    await done
  }

  it.each(['first', 'later'])('does not bring back what is discarded during the %s one', async (time) => {
    const outbox = openOutbox()
    if (time === 'later') await outbox.adopt(() => true)
    outbox.change({ type: 'delete', room: 'lobby', ref: 4 }, 5_000)
    await whileReading(outbox, () => outbox.discard('key 1'))
    clock.pass(10_000)
    expect([outbox.items, sent]).toEqual([[], []])
  })

  it('does not bring back what was discarded when the storage still has it', async () => {
    const outbox = openOutbox()
    await outbox.adopt(() => true)
    storage.remove = async () => {}
    outbox.change({ type: 'delete', room: 'lobby', ref: 4 }, 5_000)
    outbox.discard('key 1')
    await outbox.adopt(() => true)
    expect([outbox.items, sent]).toEqual([[], []])
  })

  it('takes over what another tab left behind', async () => {
    const outbox = openOutbox()
    await outbox.adopt(() => true)
    newOutbox({ tab: 'another tab' }).add('lobby', 'theirs')
    await outbox.adopt(() => true)
    expect(texts(sent)).toEqual(['theirs'])
  })
})

it('outbox › creates unique keys', () => {
  const some = Array.from({ length: 100 }, randomKey)
  expect(new Set(some).size).toBe(100)
  expect(some[0]).toMatch(/^[0-9a-f]{32}$/)
})
