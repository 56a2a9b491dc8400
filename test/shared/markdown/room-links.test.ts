import { describe, expect, it } from 'vitest'
import { parseMarkdown } from '../../../src/shared/markdown/markdown.ts'
import { maxLookedAt } from '../../../src/shared/markdown/names-in-text.ts'
import { type LinkedRoom, roomFinder } from '../../../src/shared/markdown/room-links.ts'

/** The addresses of the rooms that the text links to. */
function roomsIn(text: string, rooms: readonly LinkedRoom[]): string[] {
  return parseMarkdown(text, [], roomFinder(rooms)).flatMap((block) =>
    block.type === 'paragraph' ? block.nodes.flatMap((node) => (node.type === 'room' ? [node.room] : [])) : [],
  )
}

describe('a room named with #', () => {
  it('is found by its name and by its address', () => {
    const rooms = [{ room: 'tea', name: 'Green tea' }]
    expect(roomsIn('#tea or #green tea', rooms)).toEqual(['tea', 'tea'])
  })
  it('is the one with the longest name', () => {
    const rooms = ['tea', 'tea house', 'tea house rules'].map((name) => ({ room: name, name }))
    expect(roomsIn('#tea house', rooms)).toEqual(['tea house'])
    expect(roomsIn('#tea houses', rooms)).toEqual(['tea'])
  })
  it('is the one with that address, whatever others are called', () => {
    const rooms = [
      { room: '~1', name: 'help', kind: 'private' },
      { room: 'other', name: 'help' },
      { room: 'help', name: 'Support' },
    ] as const
    expect(roomsIn('#help', rooms)).toEqual(['help'])
    expect(roomsIn('#help', rooms.slice(0, 2)), 'a public one before a private one').toEqual(['other'])
    expect(roomsIn('#help', rooms.slice(0, 1))).toEqual(['~1'])
  })
  it('is the one whose name has the same case', () => {
    const rooms = ['Tea', 'tea'].map((name) => ({ room: name, name }))
    expect(roomsIn('#tea #Tea #TEA', rooms)).toEqual(['tea', 'Tea', 'Tea'])
  })
  it('is no conversation', () => {
    const rooms = [{ room: '~2', name: 'us', kind: 'direct' }] as const
    expect(roomsIn('#us #~2', [{ room: '~2', name: 'us', kind: 'private' }])).toEqual(['~2', '~2'])
    expect(roomsIn('#us #~2', rooms)).toEqual([])
  })
  it('stays text where the reader does not know it', () => {
    expect(roomsIn('#secret', [{ room: '~1', name: 'secret', kind: 'private' }])).toEqual(['~1'])
    expect(parseMarkdown('#secret', [], roomFinder([]))).toEqual(parseMarkdown('#secret'))
  })
  it('is looked for only so often', () => {
    const rooms = [{ room: 'tea', name: 'tea' }]
    expect(roomsIn('#tea '.repeat(maxLookedAt), rooms)).toHaveLength(maxLookedAt)
    expect(roomsIn('#tea '.repeat(maxLookedAt + 9), rooms)).toHaveLength(maxLookedAt)
  })
})
