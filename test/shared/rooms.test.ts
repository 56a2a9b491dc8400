import { expect, it } from 'vitest'
import { type Listed, sectionsOf, titleOf } from '../../src/shared/rooms.ts'

it('room title › is the name, for an unnamed conversation its members, and otherwise the address', () => {
  const people = [{ name: 'Anna' }, { name: 'Bo' }]
  expect(titleOf({ room: 'tea', name: 'Tea' })).toBe('Tea')
  expect(titleOf({ room: '~1', name: 'The two', people })).toBe('The two')
  expect(titleOf({ room: '~1', name: '', people })).toBe('Anna, Bo')
  expect(titleOf({ room: '~1', name: '', people: [] })).toBe('~1')
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
