// @vitest-environment happy-dom
import { describe, expect, it, vi } from 'vitest'
import { storageInMemory } from '../../../clients/js/src/memory-storage.ts'
import { Chat } from '../../../src/client/app/chat.ts'
import { type KeptPage, kept, keptRoom, restoredPage, summaryOf } from '../../../src/client/offline/snapshot.ts'
import { reduce, roomFrom, roomFromSummary } from '../../../src/client/room/reduce-room.ts'
import type { RoomSummary } from '../../../src/shared/protocol/types.ts'
import { anna, atOf, bo, entries, entry, FakeWorld, li, opened, pageState, summary, topic } from '../support/fakes.ts'

const origin = { user: li.id, build: 'this build' }
const shell = { build: 'this build', language: pageState().language }

function keptPage(rooms: RoomSummary[]): KeptPage {
  const { user, role, isVerified, canViewPublic, canCreateRooms, serverName, serverIcon, blocked } = pageState()
  const fields = { user, role, isVerified, canViewPublic, canCreateRooms, serverName, serverIcon, blocked }
  return { ...origin, at: 5, fields, rooms }
}

const lobbyWith = (some: Parameters<typeof opened>[0]) => keptRoom(roomFrom(opened(some), li), origin, 1)

/** A page that shows what was kept, and its connection. */
function chatOf(page: ReturnType<typeof restoredPage>) {
  const world = new FakeWorld()
  const chat = new Chat(page ?? expect.fail('no page'), world, storageInMemory(), 'this tab')
  chat.start()
  return { chat, line: world.line }
}

describe('snapshot › the summary of a room', () => {
  it.for<RoomSummary>([
    summary(),
    summary({ topic: 'tea', unread: 2, mentions: 1, read: 1, readOnly: true, slowMs: 5_000, archived: true }),
    summary({ left: true }),
    summary({ room: '~a', name: 'den', kind: 'private', role: 'moderator', isCreator: true, notify: 'mentions' }),
    summary({ room: '~b', name: '', kind: 'direct', people: [anna, bo], request: true }),
    summary({ room: '~c', name: 'Bo', kind: 'direct', people: [anna], mutedUntil: 9 }),
  ])('is the one that the server has given: %j', (given) => {
    expect(summaryOf(roomFromSummary(given, li))).toEqual(given)
  })
})

describe('snapshot › of a room', () => {
  it('has its last messages, at most 50, and says that there are older ones', () => {
    const { opened: one } = lobbyWith({ last: 80 }) ?? expect.fail('nothing')
    expect(one.messages?.map(({ id }) => id)).toEqual(entries(31, 80).map(({ id }) => id))
    expect([one.more, one.last, one.epoch, one.list]).toEqual([true, 80, 'first', []])
  })
  it('has fewer messages when they are long', () => {
    const long = entries(1, 40).map((message) => ({ ...message, data: 'x'.repeat(4_000) }))
    const messages = lobbyWith({ last: 40, messages: long })?.opened.messages ?? []
    expect(messages.length).toBe(Math.floor(kept.characters / 4_000))
    expect(messages.at(-1)?.id).toBe(40)
  })
  it('is missing for a room without messages, and for one that the user has left', () => {
    expect(lobbyWith({ last: 0, messages: [] })).toBeUndefined()
    const left = reduce(roomFrom(opened(), li), { type: 'summary', summary: summary({ left: true }) }, 0)
    expect(keptRoom(left, origin, 1)).toBeUndefined()
  })
})

describe('snapshot › as a page', () => {
  it('shows the messages, and asks for what came after them', () => {
    const rooms = [lobbyWith({ last: 3 }) ?? expect.fail('nothing')]
    const { chat, line } = chatOf(restoredPage(shell, keptPage([summary({ topic: 'tea' })]), rooms, 'lobby'))
    const lobby = () => chat.rooms.get('lobby') ?? expect.fail('no room')
    expect([lobby().messages.length, lobby().topic, chat.restoredAt.value]).toEqual([3, 'tea', 5])
    line.opens([summary({ last: 5, topic: 'green tea' })])
    expect(chat.restoredAt.value).toBeUndefined()
    expect(line.frames).toEqual([{ type: 'open', room: 'lobby', after: 3, at: atOf(3), epoch: 'first' }])
    line.hears(opened({ last: 5, entries: [entry(4), topic(5, 'green tea')] }))
    expect(lobby().messages.map(({ id }) => id)).toEqual([1, 2, 3, 4])
  })
  it('lists the rooms of which no messages are kept', () => {
    const { chat } = chatOf(restoredPage(shell, keptPage([summary(), summary({ room: 'tea', last: 9 })]), [], 'tea'))
    expect([...chat.rooms.keys()].sort()).toEqual(['lobby', 'tea'])
    expect(chat.rooms.get('tea')).toMatchObject({ messages: [], newer: true, more: true })
  })
  it('is at another room when the user is not in the lobby, as the server’s page is', () => {
    const rooms = [summary({ left: true }), summary({ room: 'tea' })]
    expect(restoredPage(shell, keptPage(rooms), [], 'lobby')?.opened.room).toBe('tea')
    expect(restoredPage(shell, keptPage([]), [], 'lobby')).toBeUndefined()
  })
  it('lists a room that another tab has joined', () => {
    const tea = lobbyWith({ room: 'tea', last: 2 }) ?? expect.fail('nothing')
    const page = restoredPage(shell, keptPage([summary()]), [tea], 'tea')
    expect(page?.rooms.map(({ room }) => room).sort()).toEqual(['lobby', 'tea'])
  })
  it('is missing for a room that is not in the list', () => {
    expect(restoredPage(shell, keptPage([summary()]), [], '~den')).toBeUndefined()
  })
  it('sends nothing in the name of another user, and says so', () => {
    const rooms = [lobbyWith({ last: 3 }) ?? expect.fail('nothing')]
    const { chat, line } = chatOf(restoredPage(shell, keptPage([summary()]), rooms, 'lobby'))
    chat.onOtherUser = vi.fn()
    chat.write('lobby', 'written by Li')
    line.events.opened()
    line.hears({ type: 'welcome', user: bo, rooms: [summary()], build: 'build', role: 'member' })
    expect(chat.onOtherUser).toHaveBeenCalledWith(bo.id)
    expect(line.frames).toEqual([])
  })
})
