import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyChange, applyChanges, type Change } from '../../src/shared/fold.ts'
import type { FileInfo, Message, User } from '../../src/shared/protocol/types.ts'

const anna: User = { id: 1, name: 'Anna', image: 0 }
const [one, two] = ['1', '2'].map((n) => ({ id: n.repeat(32), name: n, type: 'text/plain', bytes: 1 })) as [
  FileInfo,
  FileInfo,
]
const bo: User = { id: 2, name: 'Bo', image: 1 }

const hello: Message = { id: 1, room: 'lobby', type: 'chat', user: anna, at: 1_000, data: 'hello' }
const base = (id: number, user: User) => ({ id, room: 'lobby', user, at: 1_000 * id, ref: 1 })
const edit = (id: number, data: string, files?: FileInfo[]): Change => ({
  ...base(id, anna),
  type: 'edit',
  data,
  ...(files && { files }),
})
const deletion = (id: number): Change => ({ ...base(id, anna), type: 'delete' })
const react = (id: number, user: User, on = true, data = '👍'): Change => ({
  ...base(id, user),
  type: 'react',
  data,
  on,
})

it('fold › an unchanged message is its entry', () => {
  expect(applyChanges(hello, [])).toEqual(hello)
})

describe('fold › edit', () => {
  it('replaces the text and has its time', () => {
    expect(applyChange(hello, edit(2, 'hello, all'))).toEqual({ ...hello, data: 'hello, all', edited: 2_000 })
  })

  it('keeps the answered message and the reactions', () => {
    const before = { ...hello, reply: 7, reactions: { '👍': [2] } }
    expect(applyChange(before, edit(2, 'x'))).toEqual({ ...before, data: 'x', edited: 2_000 })
  })

  it('that was erased changes nothing', () => {
    expect(applyChange(hello, edit(2, ''))).toEqual(hello)
  })
})

describe('fold › files', () => {
  const both = { ...hello, files: [one, two] }
  it('are replaced by those of an edit that has some, and stay otherwise', () => {
    expect(applyChange(both, edit(2, 'x'))).toEqual({ ...both, data: 'x', edited: 2_000 })
    expect(applyChange(both, edit(2, '', [two]))).toEqual({ ...hello, data: '', files: [two], edited: 2_000 })
  })
  it('can all be taken out', () => {
    expect(applyChange(both, edit(2, 'x', []))).toEqual({ ...hello, data: 'x', edited: 2_000 })
  })
  it('go with a deleted message and come back with the edit that restores it', () => {
    expect(applyChange(both, deletion(2))).toEqual({ ...hello, data: '', deleted: true })
    expect(applyChanges(both, [deletion(2), edit(3, '', [two])])).toEqual({
      ...hello,
      data: '',
      files: [two],
      edited: 3_000,
    })
  })
})

describe('fold › deletion', () => {
  it('leaves the position, the author and the answered message only', () => {
    const before: Message = { ...hello, reply: 7, edited: 2_000, reactions: { '👍': [2] } }
    expect(applyChange(before, deletion(3))).toEqual({ ...hello, data: '', reply: 7, deleted: true })
    expect(applyChange(hello, deletion(3))).toEqual({ ...hello, data: '', deleted: true })
  })

  it('stays after reactions, further deletions and erased edits', () => {
    const tombstone = applyChange(hello, deletion(2))
    expect(applyChanges(tombstone, [react(3, bo), deletion(4), edit(5, '')])).toEqual(tombstone)
  })

  it('is undone by a later edit, without the earlier reactions', () => {
    const before: Message = { ...hello, reply: 7, reactions: { '👍': [2] } }
    const back = applyChanges(before, [deletion(2), edit(3, 'hello')])
    expect(back).toEqual({ ...hello, reply: 7, edited: 3_000 })
    expect(applyChange(back, react(4, bo)).reactions).toEqual({ '👍': [2] })
  })

  it('can follow an undone deletion', () => {
    const gone = { ...hello, data: '', deleted: true }
    expect(applyChanges(hello, [deletion(2), edit(3, 'hello'), deletion(4)])).toEqual(gone)
  })
})

describe('fold › reaction', () => {
  it('lists the users in order', () => {
    expect(applyChanges(hello, [react(2, bo), react(3, anna)]).reactions).toEqual({ '👍': [2, 1] })
  })

  it('by one user counts once', () => {
    expect(applyChanges(hello, [react(2, bo), react(3, bo)]).reactions).toEqual({ '👍': [2] })
  })

  it('can be removed, and the last one leaves nothing', () => {
    const both = applyChanges(hello, [react(2, bo), react(3, anna)])
    expect(applyChange(both, react(4, bo, false)).reactions).toEqual({ '👍': [1] })
    expect(applyChanges(both, [react(4, bo, false), react(5, anna, false)])).toEqual(hello)
  })

  it('can be removed without having been given', () => {
    expect(applyChange(hello, react(2, bo, false))).toEqual(hello)
  })

  it('is independent of other emoji', () => {
    const both = applyChanges(hello, [react(2, bo, true, '👍'), react(3, bo, true, '👎'), react(4, bo, false, '👎')])
    expect(both.reactions).toEqual({ '👍': [2] })
  })

  it.for(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('may be called %s', (name) => {
    const changed = applyChanges(hello, [react(2, bo), react(3, bo, true, name), react(4, anna, true, name)])
    expect(Object.entries(changed.reactions ?? {})).toContainEqual([name, [2, 1]])
    expect(JSON.parse(JSON.stringify(changed))).toEqual(changed)
    expect(applyChanges(changed, [react(5, bo, false, name), react(6, anna, false, name)]).reactions).toEqual({
      '👍': [2],
    })
  })

  it('is ordered by its bytes, whichever came first', () => {
    const kinds = ['👍', '👎', '！', 'a', 'aa', '❤️', '❤']
    const changed = applyChanges(
      hello,
      kinds.map((kind, i) => react(i + 2, bo, true, kind)),
    )
    const sorted = kinds.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    expect(sorted, 'must differ for this test to mean anything').not.toEqual(kinds.toSorted())
    expect(Object.keys(changed.reactions ?? {})).toEqual(sorted)
  })

  it('that was erased changes nothing', () => {
    expect(applyChange(hello, react(2, bo, true, ''))).toEqual(hello)
  })

  it('among thousands is applied quickly', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => react(i + 2, { ...bo, id: i }, true, `${i % 5_000}`))
    expect(Object.keys(applyChanges(hello, many).reactions ?? {})).toHaveLength(5_000)
  })
})

const anyChange = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record(
      {
        type: fc.constant('edit' as const),
        data: fc.constantFrom('a', 'b', ''),
        files: fc.constantFrom([], [one], [two], [one, two]),
      },
      { requiredKeys: ['type', 'data'] },
    ),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('react' as const),
      data: fc.constantFrom('👍', '👎', '1', 'constructor', ''),
      on: fc.boolean(),
      user: fc.constantFrom(anna, bo, { id: 3, name: 'Li', image: 2 }),
    }),
  },
)
const anyLog = fc
  .array(anyChange, { maxLength: 20 })
  .map((changes) => changes.map((change, i) => ({ ...base(i + 2, anna), ...change }) as Change).filter(isPossible))

/** Nobody reacts to what is deleted: that is refused. */
function isPossible({ type }: Change, index: number, log: readonly Change[]): boolean {
  const turn = log
    .slice(0, index)
    .findLast((change) => change.type === 'delete' || (change.type === 'edit' && (change.data || change.files?.length)))
  return type !== 'react' || turn?.type !== 'delete'
}

/** With their order, since that is the order in which people see them. */
const reactionsOf = ({ reactions }: Message) => Object.entries(reactions ?? {})

it('fold › has the same result from any starting point', () => {
  let undone = 0
  fc.assert(
    fc.property(anyLog, fc.nat(), fc.nat(), (log, from, to) => {
      undone += Number(log.some(({ type }) => type === 'delete') && !applyChanges(hello, log).deleted)
      const page = applyChanges(hello, log.slice(0, to % (log.length + 1)))
      const again = log.slice(from % ((to % (log.length + 1)) + 1))
      const whole = applyChanges(hello, log)
      expect(applyChanges(page, again)).toEqual(whole)
      expect(reactionsOf(applyChanges(page, again))).toEqual(reactionsOf(whole))
    }),
    { numRuns: 2_000 },
  )
  expect(undone, 'deletions must be undone for this test to mean anything').toBeGreaterThan(100)
})

it('fold › has the same result one by one and all at once, without changing its input', () => {
  fc.assert(
    fc.property(anyLog, (log) => {
      const given: Message = Object.freeze({
        ...hello,
        reactions: Object.freeze({ '👍': Object.freeze([2]) }) as never,
      })
      expect(log.reduce(applyChange, given)).toEqual(applyChanges(given, log))
      for (const change of log) expect(applyChanges(given, [change, change])).toEqual(applyChange(given, change))
    }),
  )
})
