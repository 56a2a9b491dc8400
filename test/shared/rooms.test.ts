import { expect, it } from 'vitest'
import { displayTitleOf, fullTitle, type Listed, sectionsOf, titleOf } from '../../src/shared/rooms.ts'

it('room title › is the name, for an unnamed conversation its members, and otherwise the address', () => {
  const people = [{ name: 'Anna' }, { name: 'Bo' }]
  expect(titleOf({ room: 'tea', name: 'Tea' }).title).toBe('Tea')
  expect(titleOf({ room: '~1', name: 'The two', people }).title).toBe('The two')
  expect(titleOf({ room: '~1', name: '', people }).title).toBe('Anna, Bo')
  expect(titleOf({ room: '~1', name: '', people: [] }).title).toBe('~1')
})

it('full room title › adds the people of a conversation that has a name', () => {
  const people = [{ name: 'Anna' }, { name: 'Bo' }]
  const full = (name: string, members = people) => fullTitle(titleOf({ room: '~1', name, people: members }))
  expect(full('The two')).toBe('The two (Anna, Bo)')
  expect([full(''), full('Alone', [])]).toEqual(['Anna, Bo', 'Alone'])
})

it('displayed room title › is translated for the lobby until it is renamed', () => {
  const t = () => 'Entrance'
  const titles = [
    { room: 'lobby', name: 'lobby' },
    { room: 'lobby', name: 'Tea' },
    { room: '~1', name: 'lobby' },
  ].map((room) => displayTitleOf(room, t).title)
  expect(titles).toEqual(['Entrance', 'Tea', 'lobby'])
})

it('room order › is rooms, conversations, left rooms, archived rooms', () => {
  const all: (Listed & { room: string })[] = [
    { room: 'a', left: true },
    { room: 'b', kind: 'direct' },
    { room: 'c', kind: 'private' },
    { room: 'd', left: true, archived: true },
    { room: 'e', left: false, archived: false },
    { room: 'f', kind: 'direct', archived: true },
  ]
  const { rooms, conversations, others, archived } = sectionsOf(all)
  const names = [rooms, conversations, others, archived].map((some) => some.map(({ room }) => room).join(''))
  expect(names).toEqual(['ce', 'b', 'a', 'df'])
})
