import { beforeEach, describe, expect, it } from 'vitest'
import { storageInMemory } from '../../../clients/js/src/memory-storage.ts'
import { Chat } from '../../../src/client/app/chat.ts'
import type { RoomSummary } from '../../../src/shared/protocol/types.ts'
import {
  anna,
  atOf,
  deletion,
  edit,
  entries,
  entry,
  FakeWorld,
  li,
  opened,
  pageState,
  summary,
  topic,
  welcome,
} from '../support/fakes.ts'

let world: FakeWorld
let chat: Chat

beforeEach(() => {
  world = new FakeWorld()
  chat = new Chat(pageState(), world, storageInMemory(), 'this tab')
  chat.start()
})

function join() {
  world.line.opens()
  world.line.hears(opened({ entries: [] }))
}

const room = () => chat.rooms.get('lobby')
const ofType = (type: string) => world.line.frames.filter((frame) => frame.type === type)

it('chat › opens the room from the id that the page was rendered at', () => {
  world.line.opens()
  expect(world.line.frames).toEqual([{ type: 'open', room: 'lobby', after: 3, at: atOf(3), epoch: 'first' }])
})

it('chat › opens the room from the last known id after a reconnect', () => {
  join()
  world.line.hears(entry(4))
  world.line.events.closed(1006)
  world.clock.pass(1000)
  world.line.opens()
  expect(world.line.frames).toEqual([{ type: 'open', room: 'lobby', after: 4, at: atOf(4), epoch: 'first' }])
})

it('chat › requests missing entries once, and shows them in order', () => {
  join()
  world.line.hears(entry(6))
  world.line.hears(entry(7))
  expect(ofType('open').slice(1)).toEqual([{ type: 'open', room: 'lobby', after: 3, at: atOf(3), epoch: 'first' }])
  world.line.hears(opened({ last: 7, entries: entries(4, 7) }))
  expect(room()?.messages.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7])
})

it('chat › sends messages written before the connection once the room is open', () => {
  chat.write('lobby', 'early')
  world.line.opens()
  expect(ofType('chat')).toEqual([])
  world.line.hears(opened({ entries: [] }))
  expect(ofType('chat')).toMatchObject([{ room: 'lobby', data: 'early' }])
})

it('chat › does not send while it is catching up', () => {
  chat.write('lobby', 'early')
  world.line.opens()
  world.line.hears(opened({ last: 9, entries: entries(4, 6), more: true }))
  expect(ofType('chat')).toEqual([])
  world.line.hears(opened({ last: 9, entries: entries(7, 9) }))
  expect(ofType('chat')).toHaveLength(1)
})

it('chat › removes a message from the outbox when its entry is shown', () => {
  join()
  chat.write('lobby', 'hello')
  const key = ofType('chat')[0]?.key
  world.line.hears({ type: 'sent', room: 'lobby', key, id: 4 })
  expect(chat.items.value).toHaveLength(1)
  world.line.hears(entry(4, 'hello', li))
  expect(chat.items.value).toEqual([])
})

it('chat › removes control characters and trailing empty lines', () => {
  join()
  chat.write('lobby', 'a\u0007b\n\n')
  expect(ofType('chat')).toMatchObject([{ data: 'ab' }])
})

it('chat › sends typing at most once in 3 s', () => {
  join()
  for (let i = 0; i < 30; i++) {
    chat.typing('lobby')
    world.clock.pass(100)
  }
  expect(ofType('typing')).toHaveLength(1)
  chat.typing('lobby')
  expect(ofType('typing')).toHaveLength(2)
})

it('chat › shows typing for 5 s', () => {
  join()
  world.line.hears({ type: 'typing', room: 'lobby', user: anna })
  world.clock.pass(4_999)
  expect(room()?.typing).toHaveLength(1)
  world.clock.pass(1)
  expect(room()?.typing).toEqual([])
})

it('chat › requests older messages only when there are any, and once', () => {
  join()
  chat.fetch('lobby', { to: 'older' })
  expect(ofType('history')).toEqual([])

  chat = new Chat(
    pageState({ opened: opened({ last: 9, messages: entries(5, 9), more: true }) }),
    world,
    storageInMemory(),
    't',
  )
  chat.start()
  world.line.opens()
  chat.fetch('lobby', { to: 'older' })
  chat.fetch('lobby', { to: 'older' })
  expect(ofType('history')).toEqual([{ type: 'history', room: 'lobby', before: 5, limit: 30 }])
})

it('chat › accepts only the answer to its last request', () => {
  chat = new Chat(
    pageState({ opened: opened({ last: 900, messages: entries(851, 900), more: true }) }),
    world,
    storageInMemory(),
    't',
  )
  chat.start()
  world.line.opens()
  world.line.hears(opened({ last: 900, entries: [] }))
  chat.fetch('lobby', { to: 'around', id: 5 })
  // An error about another request: the history may be requested again.
  world.line.hears({
    type: 'error',
    code: 'too-fast',
    message: 'Too fast.',
    command: 'history',
    room: 'lobby',
    retryAfterMs: 10,
  })
  world.clock.pass(10)
  chat.fetch('lobby', { to: 'older' })
  world.line.hears({ type: 'history', room: 'lobby', around: 5, messages: entries(1, 50), more: false })
  expect(room()?.messages[0]?.id).toBe(851)
  world.line.hears({ type: 'history', room: 'lobby', before: 851, messages: entries(821, 850), more: true })
  expect(room()?.messages.map(({ id }) => id)).toEqual(entries(821, 900).map(({ id }) => id))
})

it('chat › a jump replaces a request for older messages, and loses nothing that was said meanwhile', () => {
  const page = { opened: opened({ last: 900, messages: entries(851, 900), more: true }) }
  chat = new Chat(pageState(page), world, storageInMemory(), 't')
  chat.start()
  world.line.opens()
  world.line.hears(opened({ last: 900, entries: [] }))
  chat.fetch('lobby', { to: 'older' })
  world.line.hears(edit(901, 900, 'edited meanwhile'))
  chat.fetch('lobby', { to: 'around', id: 5 })
  chat.fetch('lobby', { to: 'around', id: 5 })
  chat.fetch('lobby', { to: 'end' })
  chat.fetch('lobby', { to: 'end' })
  chat.fetch('lobby', { to: 'older' })
  expect(ofType('history')).toEqual([
    { type: 'history', room: 'lobby', before: 851, limit: 30 },
    { type: 'history', room: 'lobby', around: 5 },
    { type: 'history', room: 'lobby' },
  ])
  world.line.hears({ type: 'history', room: 'lobby', before: 851, messages: entries(821, 850), more: true })
  world.line.hears({ type: 'history', room: 'lobby', around: 5, messages: entries(1, 50), more: false })
  expect(room()?.messages[0]?.id).toBe(851)
  world.line.hears({ type: 'history', room: 'lobby', messages: entries(891, 900), more: true })
  expect(room()?.messages.map(({ id }) => id)).toEqual(entries(891, 900).map(({ id }) => id))
  expect(room()?.messages.at(-1)?.data).toBe('edited meanwhile')
})

it('chat › asks again when the server was too busy to answer', () => {
  world.line.opens()
  world.line.hears({
    type: 'error',
    code: 'internal',
    message: 'Something went wrong.',
    command: 'open',
    room: 'lobby',
  })
  expect(ofType('open')).toHaveLength(1)
  world.clock.pass(2_000)
  expect(ofType('open')).toHaveLength(2)
})

it('chat › reconnects after bye when the server said', () => {
  join()
  world.line.hears({ type: 'bye', retryAfterMs: 5_000 })
  world.line.events.closed(1012)
  world.clock.pass(4_999)
  expect(world.lines).toHaveLength(1)
  world.clock.pass(5_001)
  expect(world.lines).toHaveLength(2)
})

it('chat › counts entries of unknown types, and ignores unknown frames', () => {
  join()
  world.line.hears({ type: 'poll', id: 4, room: 'lobby', user: anna, at: 1 })
  world.line.hears({ type: 'weather', room: 'lobby', data: 'rain' })
  world.line.hears(entry(5))
  expect(room()).toMatchObject({ last: 5, need: undefined })
  expect(ofType('open')).toHaveLength(1)
})

it('chat › applies changes from catching up and live', () => {
  world.line.opens()
  world.line.hears(opened({ last: 4, entries: [edit(4, 1, 'missed')] }))
  world.line.hears(edit(5, 2, 'as it came'))
  expect(room()?.messages.map(({ data }) => data)).toEqual(['missed', 'as it came', 'message 3'])
})

it('chat › has the topic from the start of each connection, and updates it', () => {
  world.line.opens([summary({ topic: 'tea' })])
  world.line.hears(opened({ entries: [] }))
  expect(room()?.topic).toBe('tea')
  world.line.hears(topic(4, 'coffee'))
  expect(room()?.topic).toBe('coffee')
  expect(room()?.need).toBeUndefined()
})

it('chat › does not count room frames as entries', () => {
  join()
  world.line.hears({ type: 'room', ...summary({ name: 'Lobby', topic: 'tea' }) })
  expect(room()).toMatchObject({ last: 3, need: undefined, title: 'Lobby', topic: 'tea' })
})

it('chat › reopens the room when the server says that it is not open', () => {
  join()
  chat.write('lobby', 'hello')
  const key = ofType('chat')[0]?.key
  world.line.hears({ type: 'error', code: 'not-in-room', message: 'Open the room first.', room: 'lobby', key })
  expect(ofType('open')).toHaveLength(2)
  world.line.hears(opened({ entries: [] }))
  expect(ofType('chat').map((frame) => frame.key)).toEqual([key, key])
})

describe('chat › read mark', () => {
  const told = () => ofType('read').map(({ id }) => id)
  const join = (read = 3) => {
    world.line.opens()
    world.line.hears(opened({ entries: [], read }))
  }

  it('is sent up to the newest id seen', () => {
    join()
    world.line.hears(entry(4))
    chat.seen('lobby')
    expect(world.line.frames.at(-1)).toEqual({ type: 'read', room: 'lobby', id: 4 })
    expect(room()?.read).toBe(4)
  })

  it('that may not be set back goes back to where it was', () => {
    join()
    chat.markUnread('lobby', 2)
    expect(room()).toMatchObject({ read: 1, unread: 2 })
    world.line.hears(entry(4))
    world.line.hears({ type: 'error', code: 'too-fast', message: '', command: 'unread', room: 'lobby' })
    expect(room()).toMatchObject({ read: 3, unread: 1 })
    chat.seen('lobby')
    expect(told()).toEqual([4])
  })

  it('is not sent again, nor after another tab sent it', () => {
    join()
    chat.seen('lobby')
    world.line.hears(entry(4))
    world.line.hears({ type: 'read', room: 'lobby', id: 4 })
    chat.seen('lobby')
    expect(room()?.read).toBe(4)
    expect(told()).toEqual([])
  })

  it('is sent at most once a second, with the newest id', () => {
    join()
    for (const id of [4, 5, 6]) {
      world.line.hears(entry(id))
      chat.seen('lobby')
    }
    expect(told()).toEqual([4])
    expect(room()?.read, 'but is read at once here').toBe(6)
    world.clock.pass(999)
    expect(told()).toEqual([4])
    world.clock.pass(1)
    expect(told()).toEqual([4, 6])
    world.clock.pass(5_000)
    expect(told()).toEqual([4, 6])
  })

  it('set without a connection is sent once the room is open again', () => {
    join()
    world.line.hears(entry(4))
    world.line.events.closed(1006)
    chat.seen('lobby')
    world.clock.pass(1_000)
    world.line.opens()
    expect(told()).toEqual([])
    world.line.hears(opened({ last: 4, entries: [], read: 3 }))
    expect(told()).toEqual([4])
  })

  it('set before the room is open on a new connection is sent after that', () => {
    join()
    world.line.hears(entry(4))
    world.line.events.closed(1006)
    world.clock.pass(1_000)
    world.line.opens()
    chat.seen('lobby')
    expect(told()).toEqual([])
    world.line.hears(opened({ last: 4, entries: [], read: 3 }))
    expect(told()).toEqual([4])
  })

  it('is not sent when another tab sends it meanwhile', () => {
    join()
    for (const id of [4, 5]) {
      world.line.hears(entry(id))
      chat.seen('lobby')
    }
    world.line.hears({ type: 'read', room: 'lobby', id: 5 })
    world.clock.pass(2_000)
    expect(told()).toEqual([4])
  })

  it('is sent again when it was lost with the connection, and not when it arrived', () => {
    for (const [read, again] of [
      [3, [4]],
      [4, []],
    ] as const) {
      world = new FakeWorld()
      chat = new Chat(pageState(), world, storageInMemory(), 'this tab')
      chat.start()
      join()
      world.line.hears(entry(4))
      chat.seen('lobby')
      expect(told()).toEqual([4])
      world.line.events.closed(1006)
      world.clock.pass(1_000)
      world.line.opens()
      world.line.hears(opened({ last: 4, entries: [], read }))
      expect(told()).toEqual(again)
    }
  })

  it('in a replaced log is sent for the new log', () => {
    join()
    world.line.events.closed(1006)
    world.clock.pass(1_000)
    world.line.opens()
    world.line.hears(opened({ epoch: 'second', reset: true, last: 2, read: 1 }))
    expect(room()?.read).toBe(1)
    chat.seen('lobby')
    expect(told()).toEqual([2])
  })
})

it('chat › ignores frames about rooms that are not open', () => {
  join()
  world.line.hears({ ...entry(1), room: 'kitchen' })
  expect([...chat.rooms.keys()]).toEqual(['lobby'])
})

describe('chat › several rooms', () => {
  const garden = { room: 'garden', name: 'garden', topic: '', last: 9, read: 7, unread: 2, mentions: 1 }
  const hears = (...frames: object[]) => {
    for (const frame of frames) world.line.hears(frame)
  }
  const inGarden = (id: number, data: string) => ({
    ...entry(id, data),
    room: 'garden',
    ...(data.includes('@Li') && { mentions: [{ id: li.id, name: 'Li' }] }),
  })
  const counts = () => {
    const { unread, mentions } = chat.rooms.get('garden') ?? {}
    return [unread, mentions]
  }
  const begin = () => {
    world.line.opens([summary(), garden])
    hears(opened({ entries: [] }))
  }

  it('are opened from the end of the summary, so that their unread counts stay known', () => {
    begin()
    expect(ofType('open').at(-1)).toEqual({ type: 'open', room: 'garden', after: 9 })
    hears(opened({ room: 'garden', last: 10, read: 7, entries: [inGarden(10, 'hello @Li')] }))
    expect(counts()).toEqual([3, 2])
    hears({ ...inGarden(11, 'mine'), user: li })
    expect(counts()).toEqual([3, 2])
  })

  it('count nothing twice that the summary counted', () => {
    begin()
    hears(opened({ room: 'garden', last: 9, read: 7, entries: [] }))
    world.line.events.closed(1006)
    world.clock.pass(60_000)
    world.line.opens([{ ...garden, last: 10, unread: 3, mentions: 1 }])
    hears(opened({ room: 'garden', last: 10, read: 7, entries: [inGarden(10, 'counted already')] }))
    expect(counts()).toEqual([3, 1])
  })

  it('have nothing unread once another page has read them', () => {
    begin()
    hears(opened({ room: 'garden', last: 9, read: 7, entries: [] }))
    expect(counts()).toEqual([2, 1])
    hears({ type: 'read', room: 'garden', id: 9 })
    expect(counts()).toEqual([0, 0])
  })

  it('have at most as many unread messages as follow the read mark', () => {
    begin()
    hears(opened({ room: 'garden', last: 9, read: 7, entries: [] }), { type: 'read', room: 'garden', id: 8 })
    expect(counts()).toEqual([1, 1])
  })

  it('fetch their messages once, when the user visits them', () => {
    begin()
    chat.visit('garden')
    chat.visit('garden')
    expect(ofType('history')).toEqual([{ type: 'history', room: 'garden' }])
    hears({ type: 'history', room: 'garden', messages: [inGarden(8, 'a'), inGarden(9, 'b')], more: true })
    expect(chat.rooms.get('garden')).toMatchObject({ newer: false, more: true, last: 9 })
    chat.visit('garden')
    expect(ofType('history')).toHaveLength(1)
  })

  it('are all listed, with at most 50 open: the current room first, and visited ones', () => {
    const rooms = Array.from({ length: 80 }, (_, i) => ({ ...garden, room: `room ${i}`, name: `room ${i}` }))
    chat = new Chat(pageState({ rooms }), world, storageInMemory(), 't')
    chat.start()
    world.line.opens([...rooms, garden])
    expect([...chat.rooms.keys()]).toEqual([...rooms.map(({ room }) => room), 'lobby', 'garden'])
    expect(ofType('open')).toHaveLength(50)
    expect(ofType('open')[0]).toMatchObject({ room: 'lobby' })
    expect(chat.rooms.get('room 79')).toMatchObject({ unread: 2, mentions: 1 })
    chat.visit('room 79')
    chat.visit('room 79')
    expect(ofType('open').slice(50)).toEqual([{ type: 'open', room: 'room 79', after: 9 }])
  })

  it('are created by visiting them', () => {
    begin()
    chat.visit('attic')
    expect(ofType('open').at(-1)).toEqual({ type: 'open', room: 'attic' })
    hears(opened({ room: 'attic', last: 0, messages: [] }))
    expect(chat.rooms.get('attic')).toMatchObject({ need: undefined, last: 0, messages: [] })
  })

  it('ask what the user is in a room that was opened by its address', () => {
    begin()
    chat.visit('attic')
    hears(opened({ room: 'attic', last: 0, messages: [] }))
    hears({ type: 'error', code: 'too-fast', message: '', command: 'summary', room: 'attic', retryAfterMs: 500 })
    world.clock.pass(500)
    expect(ofType('summary').filter(({ room }) => room === 'attic')).toHaveLength(2)
    hears({ type: 'room', ...summary({ room: 'attic', role: 'moderator', isCreator: true, last: 0 }) })
    expect(chat.rooms.get('attic')).toMatchObject({ role: 'moderator', isCreator: true })
    hears(opened({ room: 'attic', last: 0, messages: [] }))
    expect(ofType('summary').filter(({ room }) => room === 'attic')).toHaveLength(2)
  })

  describe('with changes to messages that are not loaded (FAULTS 2)', () => {
    const asked = () => ofType('summary').map(({ room }) => room)
    const inGardenDeleted = (id: number, ref: number) => ({ ...deletion(id, ref), room: 'garden' })
    beforeEach(() => {
      begin()
      hears(opened({ room: 'garden', last: 9, read: 7, entries: [] }))
    })

    it('request their counts soon, once for many changes, and then match the server', () => {
      hears(inGardenDeleted(10, 8), inGardenDeleted(11, 9))
      expect(asked()).toEqual([])
      world.clock.pass(300)
      expect(asked()).toEqual(['garden'])
      hears({ type: 'room', ...garden, last: 11, unread: 0, mentions: 0 })
      expect(counts()).toEqual([0, 0])
      world.clock.pass(1_000)
      expect(asked()).toHaveLength(1)
    })
    it('request their counts again when more changed than the answer has counted', () => {
      hears(inGardenDeleted(10, 8))
      world.clock.pass(300)
      hears(inGardenDeleted(11, 9), { type: 'room', ...garden, last: 10, unread: 1, mentions: 0 })
      expect(counts()).toEqual([2, 1])
      world.clock.pass(300)
      expect(asked()).toEqual(['garden', 'garden'])
      hears({ type: 'room', ...garden, last: 11, unread: 0, mentions: 0 })
      expect(counts()).toEqual([0, 0])
    })
    it('request their counts one after another', () => {
      const attic = { ...garden, room: 'attic', name: 'attic' }
      hears({ type: 'room', ...attic }, opened({ room: 'attic', last: 9, read: 7, entries: [] }))
      hears(inGardenDeleted(10, 8), { ...inGardenDeleted(10, 8), room: 'attic' })
      world.clock.pass(1_000)
      expect(asked()).toEqual(['garden'])
      hears({ type: 'error', code: 'not-in-room', message: '', command: 'summary', room: 'garden' })
      world.clock.pass(1_000)
      expect(asked()).toEqual(['garden', 'attic'])
    })
    it('request no counts for a read message, nor on a lost connection', () => {
      hears(inGardenDeleted(10, 7), { ...edit(11, 3), room: 'garden' })
      world.clock.pass(1_000)
      expect(asked()).toEqual([])
      hears(inGardenDeleted(12, 8))
      world.line.events.closed(1006)
      world.clock.pass(1_000)
      expect(asked()).toEqual([])
    })
    it('are counted without a request when all unread messages are loaded', () => {
      chat.visit('garden')
      hears({ type: 'history', room: 'garden', messages: [7, 8, 9].map((id) => inGarden(id, '@Li')), more: true })
      hears({ ...edit(10, 8), room: 'garden' })
      expect(counts()).toEqual([2, 1])
      hears(inGardenDeleted(11, 9))
      expect(counts()).toEqual([1, 0])
      world.clock.pass(1_000)
      expect(asked()).toEqual([])
    })
  })

  it('report each unread message of others', () => {
    const news: string[] = []
    chat.onNews = ({ data }) => news.push(data)
    begin()
    hears(opened({ room: 'garden', last: 9, read: 7, entries: [] }))
    hears(inGarden(10, 'hello all'), { ...inGarden(11, 'and me'), user: li }, inGarden(12, 'hello @Li'))
    expect(news).toEqual(['hello all', 'hello @Li'])
  })
})

describe('chat › user and rooms', () => {
  const partings: string[] = []
  const garden = (some: Partial<RoomSummary> = {}) => ({
    type: 'room',
    ...summary({ room: '~garden', name: 'garden', kind: 'private', ...some }),
  })
  const opens = () => ofType('open').map(({ room }) => room)
  beforeEach(() => {
    partings.length = 0
    chat.onRoomLeft = ({ room }, why) => partings.push(`${room} ${why}`)
    join()
  })

  it('the user changes when the server says so', () => {
    expect([chat.role.value, chat.isVerified]).toEqual(['member', true])
    world.line.hears({ type: 'role', role: 'admin' })
    expect(chat.role.value).toBe('admin')
    world.line.hears({ ...welcome(), role: 'guest' })
    expect(chat.role.value).toBe('guest')
  })

  it('a room that becomes viewable is listed and opened', () => {
    world.line.hears(garden())
    expect(chat.rooms.get('~garden')).toMatchObject({ title: 'garden', kind: 'private' })
    expect(opens()).toEqual(['lobby', '~garden'])
  })

  it('a room that is no longer viewable is removed, and its late frames are ignored', () => {
    world.line.hears(garden())
    world.line.hears({ type: 'room', room: '~garden', gone: true })
    expect([...chat.rooms.keys()]).toEqual(['lobby'])
    world.line.hears({ ...entry(4), room: '~garden' })
    world.line.hears({ type: 'room', room: 'nowhere', gone: true })
    expect(partings).toEqual(['~garden gone'])
    reconnect()
    expect(opens()).toEqual(['lobby'])
  })

  it('a room that was left stays listed and closed until the user visits it', () => {
    world.line.hears(garden({ room: 'garden' }))
    world.line.hears(garden({ room: 'garden', left: true }))
    world.line.hears(garden({ room: 'garden', left: true }))
    expect(partings).toEqual(['garden left'])
    reconnect()
    expect(opens()).toEqual(['lobby'])
    chat.visit('garden')
    world.line.hears(opened({ room: 'garden' }))
    expect(opens()).toEqual(['lobby', 'garden'])
    expect(chat.rooms.get('garden')?.left).toBe(false)
  })

  it('a room that was left on another device during a disconnect is not joined again', () => {
    world.line.hears(garden({ room: 'garden' }))
    world.line.hears(opened({ room: 'garden', entries: [] }))
    world.line.events.closed(1006)
    world.clock.pass(1_000)
    world.line.events.opened()
    chat.seen('garden')
    expect(world.line.frames, 'nothing is known of the rooms yet').toEqual([])
    world.line.hears({ ...welcome(), rooms: [summary(), garden({ room: 'garden', left: true })] })
    expect(opens()).toEqual(['lobby'])
    expect(partings).toEqual(['garden left'])
  })

  it('a room that is visited before the welcome is opened once, also one that was left', () => {
    world.line.hears(garden({ room: 'garden', left: true }))
    world.line.events.closed(1006)
    world.clock.pass(1_000)
    world.line.events.opened()
    chat.visit('garden')
    world.line.hears({ ...welcome(), rooms: [summary(), garden({ room: 'garden', left: true })] })
    expect(opens()).toEqual(['lobby', 'garden'])
    expect(partings).toEqual([])
  })

  it('a room that the user was removed from is not reopened by waiting messages', () => {
    world.line.hears(garden({ room: 'garden' }))
    world.line.hears(opened({ room: 'garden', entries: [] }))
    for (let i = 0; i < 15; i++) chat.write('garden', `flood ${i}`)
    const sent = ofType('chat')
    expect(sent.length, 'some wait').toBeLessThan(15)
    world.line.hears(garden({ room: 'garden', left: true }))
    for (const { key } of sent)
      world.line.hears({ type: 'error', code: 'not-in-room', message: '', room: 'garden', key })
    expect(opens()).toEqual(['lobby', 'garden'])
    expect(chat.items.value.map(({ data, code }) => `${data} ${code}`)).toEqual(
      Array.from({ length: 15 }, (_, i) => `flood ${i} not-in-room`),
    )
    chat.visit('garden')
    world.line.hears(opened({ room: 'garden', entries: [] }))
    expect(ofType('chat')).toHaveLength(sent.length)
  })

  it('a pending deletion in a room is sent before leaving that room', () => {
    world.line.hears(garden({ room: 'garden' }))
    world.line.hears(opened({ room: 'garden', entries: [] }))
    chat.remove('garden', 2)
    chat.remove('lobby', 1)
    void chat.ask({ type: 'leave', room: 'garden' })
    expect(world.line.frames.slice(-2)).toMatchObject([{ type: 'delete', room: 'garden', ref: 2 }, { type: 'leave' }])
    expect(ofType('delete')).toHaveLength(1)
  })

  it('waiting messages for a room that is gone after a reconnect are kept as refused', () => {
    world.line.hears(garden())
    world.line.events.closed(1006)
    chat.write('~garden', 'offline')
    chat.write('lobby', 'elsewhere')
    world.clock.pass(1_000)
    world.line.opens([summary()])
    world.line.hears({ type: 'error', code: 'no-such-room', message: '', command: 'open', room: '~garden' })
    expect(chat.items.value).toMatchObject([
      { data: 'offline', code: 'no-such-room', sending: { state: 'refused' } },
      { data: 'elsewhere', sending: { state: 'waiting' } },
    ])
  })

  it('a stored message in a room that is gone leaves the outbox', () => {
    world.line.hears(garden())
    world.line.hears(opened({ room: '~garden', entries: [] }))
    chat.write('~garden', 'just before')
    world.line.hears({ type: 'room', room: '~garden', gone: true })
    world.line.hears({ type: 'sent', room: '~garden', key: ofType('chat')[0]?.key, id: 4 })
    expect(chat.items.value).toEqual([])
  })

  it('left rooms are not opened at the start, and archived rooms are opened last', () => {
    const rooms = [
      summary({ room: 'a', left: true }),
      summary({ room: 'b', archived: true }),
      summary({ room: 'c' }),
      summary(),
    ]
    world = new FakeWorld()
    chat = new Chat(pageState({ rooms }), world, storageInMemory(), 't')
    chat.start()
    world.line.opens(rooms)
    expect(opens()).toEqual(['lobby', 'c', 'b'])
    chat.visit('a')
    expect(opens()).toEqual(['lobby', 'c', 'b', 'a'])
  })

  it('a room taken out of the archive is updated without a visit', () => {
    world.line.hears(garden({ archived: true }))
    world.line.hears(opened({ room: '~garden', entries: [] }))
    world.line.hears({ ...entry(4), type: 'room', room: '~garden', data: { archived: false } })
    expect(chat.rooms.get('~garden')?.archived).toBe(false)
  })

  it('a room that disappeared during a disconnect is removed when it is opened', () => {
    world.line.hears(garden())
    reconnect()
    world.line.hears({ type: 'error', code: 'no-such-room', message: '', command: 'open', room: '~garden' })
    expect(partings).toEqual(['~garden gone'])
  })

  it('a room missing from a complete welcome is removed, from a partial one it is kept', () => {
    world.line.hears(garden({ left: true }))
    world.line.hears({ ...welcome(), rooms: Array.from({ length: 200 }, (_, i) => summary({ room: `room ${i}` })) })
    expect(chat.rooms.has('~garden')).toBe(true)
    world.line.hears(welcome())
    expect([chat.rooms.has('~garden'), chat.rooms.has('lobby')]).toEqual([false, true])
    expect(partings).toEqual([])
  })

  it.for(['no-such-room', 'forbidden', 'name-taken'])('a new room that may not be opened is removed: %s', (code) => {
    chat.visit('attic')
    world.line.hears({ type: 'error', code, message: '', command: 'open', room: 'attic' })
    expect(chat.rooms.has('attic')).toBe(false)
    expect(partings).toEqual(['attic refused'])
  })

  it.for(['too-fast', 'internal', 'not-in-room'])(
    'a new room that cannot be opened at the moment is tried again: %s',
    (code) => {
      chat.visit('attic')
      world.line.hears({
        type: 'error',
        code,
        message: '',
        command: code === 'not-in-room' ? 'typing' : 'open',
        room: 'attic',
      })
      expect(chat.rooms.has('attic')).toBe(true)
    },
  )

  it('a room stays after a refused request about it', async () => {
    world.line.hears(garden({ last: 0, read: 0 }))
    const invites = chat.ask({ type: 'invites', room: '~garden' })
    world.line.hears({ type: 'error', code: 'forbidden', message: '', command: 'invites', room: '~garden' })
    await expect(invites).rejects.toMatchObject({ code: 'forbidden' })
    expect(chat.rooms.has('~garden')).toBe(true)
  })

  it('a request about a room waits when another command about that room fails', async () => {
    world.line.hears(garden())
    const members = chat.ask({ type: 'members', room: '~garden' })
    for (const command of ['read', 'typing'])
      world.line.hears({ type: 'error', code: 'too-fast', message: '', command, room: '~garden' })
    world.line.hears({ type: 'members', room: '~garden', data: [], more: false })
    expect((await members).more).toBe(false)
  })

  it('a created room is listed when its frame arrives', async () => {
    const made = chat.ask({ type: 'create', kind: 'private', name: 'garden' })
    world.line.hears({ ...garden({ last: 0, read: 0 }), key: ofType('create')[0]?.key })
    expect((await made).room).toBe('~garden')
    expect(chat.rooms.get('~garden')?.title).toBe('garden')
  })

  it('requests are rejected when the connection breaks', async () => {
    const undone = chat.ask({ type: 'undo', action: 1 })
    world.line.events.closed(1006)
    await expect(undone).rejects.toMatchObject({ code: 'connection-lost' })
  })

  it('a banned user does not reconnect', () => {
    world.line.events.closed(4003)
    world.clock.pass(3_600_000)
    world.events.dispatchEvent(new Event('online'))
    expect(world.lines).toHaveLength(1)
    expect(chat.connection.value).toEqual({ state: 'ended', code: 4003 })
  })

  function reconnect() {
    world.line.events.closed(1006)
    world.clock.pass(1_000)
    world.line.opens()
  }
})

describe('chat › changes to a message', () => {
  const keys = () => chat.items.value.map(({ key }) => key)

  it('are sent as commands of their own', () => {
    join()
    chat.edit('lobby', 2, 'better ')
    chat.react('lobby', 3, '👍', true)
    const [edit, react] = keys()
    expect(ofType('edit')).toEqual([{ type: 'edit', room: 'lobby', key: edit, ref: 2, data: 'better' }])
    expect(ofType('react')).toEqual([{ type: 'react', room: 'lobby', key: react, ref: 3, data: '👍', on: true }])
  })

  it('delete after 5 s', () => {
    join()
    chat.remove('lobby', 2)
    world.clock.pass(4_999)
    expect(ofType('delete')).toEqual([])
    world.clock.pass(1)
    expect(ofType('delete')).toMatchObject([{ room: 'lobby', ref: 2 }])
  })

  it('do not delete what was undone', () => {
    join()
    chat.remove('lobby', 2)
    chat.outbox.discard(keys()[0] ?? '')
    world.clock.pass(5_001)
    expect(ofType('delete')).toEqual([])
  })

  it('delete at once when the page is left', () => {
    join()
    chat.remove('lobby', 2)
    world.events.dispatchEvent(new Event('pagehide'))
    expect(ofType('delete')).toHaveLength(1)
  })

  it('do not delay later messages', () => {
    join()
    chat.remove('lobby', 2)
    chat.write('lobby', 'hello')
    expect(ofType('chat')).toHaveLength(1)
  })

  it('are dropped when the user reverses them before they were sent', () => {
    chat.react('lobby', 2, '👍', true)
    chat.react('lobby', 2, '👍', false)
    expect(chat.items.value).toEqual([])
    join()
    expect(ofType('react')).toEqual([])
  })

  it('are not dropped when they may already be in the log', () => {
    join()
    chat.react('lobby', 2, '👍', true)
    world.line.events.closed(1006)
    chat.react('lobby', 2, '👍', false)
    expect(chat.items.value.map(({ on }) => on)).toEqual([true, false])
  })

  it('toggle a reaction by whether the user gave it before', () => {
    const message = { ...entry(2), reactions: { '👍': [anna.id] } }
    chat.toggleReaction(message, '👍')
    chat.toggleReaction({ ...entry(3), reactions: { '👍': [anna.id, li.id] } }, '👍')
    expect(chat.items.value.map(({ ref, data, on }) => [ref, data, on])).toEqual([
      [2, '👍', true],
      [3, '👍', false],
    ])
  })

  it('are sent once, however often they are requested', () => {
    chat.react('lobby', 2, '👍', true)
    chat.react('lobby', 2, '👍', true)
    expect(chat.items.value).toHaveLength(1)
  })

  it('do not affect another message when the log was replaced', () => {
    join()
    world.line.events.closed(1006)
    chat.edit('lobby', 2, 'better')
    chat.write('lobby', 'an answer', 2)
    world.clock.pass(1_000)
    world.line.opens()
    world.line.hears(opened({ epoch: 'second', reset: true }))
    expect(ofType('edit')).toEqual([])
    expect(ofType('chat')).toMatchObject([{ data: 'an answer' }])
    expect(ofType('chat')[0]).not.toHaveProperty('reply')
    expect(chat.items.value[0]).toMatchObject({ refused: 'The log was replaced.', code: 'no-such-message' })
  })

  it('leave the outbox once they are in the log', () => {
    join()
    chat.edit('lobby', 2, 'better')
    world.line.hears({ type: 'sent', room: 'lobby', key: keys()[0], id: 4 })
    expect(chat.items.value).toHaveLength(1)
    world.line.hears(edit(4, 2, 'better', li))
    expect(chat.items.value).toEqual([])
  })
})

describe('chat › blocked users (SECURITY-REVIEW 19)', () => {
  const named = (id: number, user = anna) => ({ ...entry(id, '@Li', user), mentions: [{ id: li.id, name: li.name }] })

  it('cause no alerts and no typing line until they are unblocked', () => {
    const called: number[] = []
    chat.onNews = ({ id }) => called.push(id)
    join()
    world.line.hears({ type: 'blocks', data: [anna] })
    world.line.hears(named(4))
    world.line.hears({ type: 'typing', room: 'lobby', user: anna })
    expect([called, room()?.mentions, room()?.unread, room()?.typing]).toEqual([[], 0, 1, []])
    world.line.hears({ type: 'blocks', data: [] })
    expect(room()?.mentions).toBe(1)
    world.line.hears(named(5))
    expect(called).toEqual([5])
  })
  it('are known from the page, and from the start of each connection', () => {
    join()
    world.line.hears({ ...welcome(), blocked: [anna.id] })
    expect(room()?.blocked.has(anna.id)).toBe(true)
    world.line.hears({ type: 'room', ...summary({ room: 'tea' }) })
    expect(chat.rooms.get('tea')?.blocked.has(anna.id)).toBe(true)
    const other = new Chat(pageState({ blocked: [anna.id] }), world, storageInMemory(), 'another tab')
    expect(other.rooms.get('lobby')?.blocked.has(anna.id)).toBe(true)
  })
  it('and message requests cause no alerts until the request is accepted', () => {
    const called: number[] = []
    chat.onNews = ({ id }) => called.push(id)
    join()
    world.line.hears({ type: 'room', ...summary({ request: true }) })
    world.line.hears(named(4))
    expect([called, room()?.request, room()?.mentions]).toEqual([[], true, 0])
    world.line.hears({ type: 'room', ...summary({ last: 4, unread: 1 }) })
    world.line.hears(named(5))
    expect([called, room()?.request]).toEqual([[5], false])
  })
})

it('chat › takes over a read mark that was set back while the page was offline, and keeps one that may not have arrived', () => {
  chat = new Chat(
    pageState({ opened: opened({ last: 9, read: 3 }), rooms: [summary({ last: 9, read: 3 })] }),
    world,
    storageInMemory(),
    't',
  )
  chat.start()
  world.line.opens([summary({ last: 9, read: 3, unread: 6 })])
  world.line.hears(opened({ last: 9, read: 3, entries: [] }))
  chat.seen('lobby')
  expect(ofType('read')).toEqual([{ type: 'read', room: 'lobby', id: 9 }])
  world.line.hears({ type: 'room', ...summary({ last: 9, read: 3, unread: 6 }) })
  expect(room()?.read, 'just sent').toBe(9)
  world.clock.pass(61_000)
  world.line.hears({ type: 'room', ...summary({ last: 9, read: 5, unread: 4 }) })
  expect(room()).toMatchObject({ read: 5, unread: 4 })
})
