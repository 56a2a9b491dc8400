import { beforeEach, expect, it } from 'vitest'
import { Chat } from '../../src/client/chat.ts'
import { storageInMemory } from '../../src/client/storage.ts'
import { anna, entries, entry, FakeWorld, li, opened } from './fakes.ts'

let world: FakeWorld
let chat: Chat

beforeEach(() => {
  world = new FakeWorld()
  chat = new Chat({ user: li, opened: opened() }, world, storageInMemory(), 'this tab')
  chat.start()
})

function join() {
  world.line.events.opened()
  world.line.hears(opened({ entries: [] }))
}

const room = () => chat.rooms.get('lobby')
const ofType = (type: string) => world.line.frames.filter((frame) => frame.type === type)

it('opens the room from the id that the page was rendered at', () => {
  world.line.events.opened()
  expect(world.line.frames).toEqual([{ type: 'open', room: 'lobby', after: 3, epoch: 'first' }])
})

it('opens it after a reconnect from the last id that it has', () => {
  join()
  world.line.hears(entry(4))
  world.line.events.closed(1006)
  world.clock.pass(1000)
  world.line.events.opened()
  expect(world.line.frames).toEqual([{ type: 'open', room: 'lobby', after: 4, epoch: 'first' }])
})

it('asks for what is missing, once, and shows it in order', () => {
  join()
  world.line.hears(entry(6))
  world.line.hears(entry(7))
  expect(ofType('open').slice(1)).toEqual([{ type: 'open', room: 'lobby', after: 3, epoch: 'first' }])
  world.line.hears(opened({ last: 7, entries: entries(4, 7) }))
  expect(room()?.messages.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7])
})

it('sends what was written before the line was there, once the room is open', () => {
  chat.write('lobby', 'early')
  world.line.events.opened()
  expect(ofType('chat')).toEqual([])
  world.line.hears(opened({ entries: [] }))
  expect(ofType('chat')).toMatchObject([{ room: 'lobby', data: 'early' }])
})

it('does not send while it is still catching up', () => {
  chat.write('lobby', 'early')
  world.line.events.opened()
  world.line.hears(opened({ last: 9, entries: entries(4, 6), more: true }))
  expect(ofType('chat')).toEqual([])
  world.line.hears(opened({ last: 9, entries: entries(7, 9) }))
  expect(ofType('chat')).toHaveLength(1)
})

it('lets a message go when its entry is shown', () => {
  join()
  chat.write('lobby', 'hello')
  const key = ofType('chat')[0]?.key
  world.line.hears({ type: 'sent', room: 'lobby', key, id: 4 })
  expect(chat.items.value).toHaveLength(1)
  world.line.hears(entry(4, 'hello', li))
  expect(chat.items.value).toEqual([])
})

it('writes without control characters and without empty lines at the end', () => {
  join()
  chat.write('lobby', 'a\u0007b\n\n')
  expect(ofType('chat')).toMatchObject([{ data: 'ab' }])
})

it('says that somebody is writing at most once in 3 s', () => {
  join()
  for (let i = 0; i < 30; i++) {
    chat.typing('lobby')
    world.clock.pass(100)
  }
  expect(ofType('typing')).toHaveLength(1)
  chat.typing('lobby')
  expect(ofType('typing')).toHaveLength(2)
})

it('shows that somebody is writing for 5 s', () => {
  join()
  world.line.hears({ type: 'typing', room: 'lobby', user: anna })
  world.clock.pass(4_999)
  expect(room()?.typing).toHaveLength(1)
  world.clock.pass(1)
  expect(room()?.typing).toEqual([])
})

it('asks for older messages only when there are any, and once', () => {
  join()
  chat.fetchOlder('lobby')
  expect(ofType('history')).toEqual([])

  chat = new Chat(
    { user: li, opened: opened({ last: 9, messages: entries(5, 9), more: true }) },
    world,
    storageInMemory(),
    't',
  )
  chat.start()
  world.line.events.opened()
  chat.fetchOlder('lobby')
  chat.fetchOlder('lobby')
  expect(ofType('history')).toEqual([{ type: 'history', room: 'lobby', before: 5 }])
})

it('asks again when the server was too busy to answer', () => {
  world.line.events.opened()
  world.line.hears({ type: 'error', code: 'internal', message: 'Something went wrong.', room: 'lobby' })
  expect(ofType('open')).toHaveLength(1)
  world.clock.pass(2_000)
  expect(ofType('open')).toHaveLength(2)
})

it('comes back when the server said, after bye', () => {
  join()
  world.line.hears({ type: 'bye', retryAfterMs: 5_000 })
  world.line.events.closed(1012)
  world.clock.pass(4_999)
  expect(world.lines).toHaveLength(1)
  world.clock.pass(5_001)
  expect(world.lines).toHaveLength(2)
})

it('goes past entries that it has no words for, and ignores other frames that it does not know', () => {
  join()
  world.line.hears({ type: 'poll', id: 4, room: 'lobby', user: anna, at: 1 })
  world.line.hears({ type: 'weather', room: 'lobby', data: 'rain' })
  world.line.hears(entry(5))
  expect(room()).toMatchObject({ last: 5, need: undefined })
  expect(ofType('open')).toHaveLength(1)
})

it('does not fall over frames about rooms that it has not open', () => {
  join()
  world.line.hears({ ...entry(1), room: 'kitchen' })
  expect([...chat.rooms.keys()]).toEqual(['lobby'])
})
