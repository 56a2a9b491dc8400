import { describe, expect, it } from 'vitest'
import { check, type Property, type Reading, type Report } from './checker.ts'
import { type Display, History, keyOf } from './history.ts'

/** The log that holds these texts as 1, 2, 3 …, each stored under its key. */
function log(...texts: string[]): Reading {
  const entries = texts.map((data, i) => ({ id: i + 1, data, key: keyOf(data) }))
  return { by: 'SQL', entries, head: texts.length, faults: [] }
}

/** A history in which client 0 says these, one after the other, and each is acknowledged with its place. */
function said(...keys: string[]): History {
  const history = new History()
  for (const [i, key] of keys.entries()) {
    history.invoke(0, key, key)
    history.ack(key, i + 1)
  }
  return history
}

function shows(history: History, client: number, ...entries: [id: number, data: string][]): Display {
  const display = history.display(client)
  for (const [id, data] of entries) history.show(display, id, data)
  return display
}

const found = ({ violations }: Report): Property[] => Object.keys(violations).sort() as Property[]

describe('checker on a correct history', () => {
  it('reports nothing', () => {
    const history = said('a', 'b', 'c')
    shows(history, 0, [1, 'a'], [2, 'b'], [3, 'c'])
    shows(history, 1, [2, 'b'], [3, 'c'])
    const report = check(history, [log('a', 'b', 'c'), log('a', 'b', 'c')])
    expect(report).toMatchObject({ said: 3, acknowledged: 3, shows: 5, lost: 0, doubled: 0, outOfOrder: 0, phantom: 0 })
    expect(found(report)).toEqual([])
  })
})

describe('checker P1 (acknowledged entries are in the log at that id)', () => {
  it('reports a missing entry', () => {
    const report = check(said('a', 'b'), [log('a')])
    expect(found(report)).toEqual(['P1'])
    expect(report.lost).toBe(1)
    expect(report.violations.P1?.examples).toEqual(['b was acknowledged as 2 and is not in the log'])
  })
  it('reports an entry at another id', () => {
    const history = new History()
    history.invoke(0, 'a', 'a')
    history.ack('a', 2)
    expect(found(check(history, [log('a')]))).toEqual(['P1'])
  })
  it('reports an entry acknowledged with two ids', () => {
    const history = said('a')
    history.ack('a', 2)
    expect(found(check(history, [log('a')]))).toEqual(['P1'])
  })
  it('allows a second acknowledgement with the same id', () => {
    const history = said('a')
    history.ack('a', 1)
    expect(found(check(history, [log('a')]))).toEqual([])
  })
})

describe('checker P2 (everything once)', () => {
  it('reports a key that is in the log twice', () => {
    const report = check(said('a', 'b'), [log('a', 'b', 'a')])
    expect(found(report)).toEqual(['P2'])
    expect(report.doubled).toBe(1)
  })
  it('reports an id that is displayed twice', () => {
    const history = said('a')
    shows(history, 1, [1, 'a'], [1, 'a'])
    expect(found(check(history, [log('a')]))).toEqual(['P2'])
  })
  it('reports a duplicate on the wire that the client did not display', () => {
    const history = said('a')
    history.wireFault({ type: 'double', client: 1, id: 1, after: 1 })
    expect(found(check(history, [log('a')]))).toEqual(['P2'])
  })
  it('only counts a duplicate where catching up joins the live entries', () => {
    const history = said('a')
    history.wireFault({ type: 'seam', client: 1, id: 1, after: 1 })
    expect(check(history, [log('a')])).toMatchObject({ allowed: 1, doubled: 0, violations: {} })
  })
  it('allows a client that restarts to display an id again', () => {
    const history = said('a')
    const display = shows(history, 1, [1, 'a'])
    display.restart()
    history.show(display, 1, 'a')
    expect(found(check(history, [log('a')]))).toEqual([])
  })
})

describe('checker P3 (contiguous, increasing and complete)', () => {
  it.each<[what: string, ids: number[]]>([
    ['a gap', [1, 3]],
    ['a step back', [1, 2, 3, 2, 3]],
  ])('finds %s', (_what, ids) => {
    const history = said('a', 'b', 'c')
    shows(history, 1, ...ids.map((id): [number, string] => [id, 'abc'.charAt(id - 1)]))
    const report = check(history, [log('a', 'b', 'c')])
    expect(found(report)).toEqual(['P3'])
    expect(report.outOfOrder).toBe(1)
  })
  it('reports a display that ends too soon', () => {
    const history = said('a', 'b')
    shows(history, 1, [1, 'a'])
    const report = check(history, [log('a', 'b')])
    expect(found(report)).toEqual(['P3'])
    expect(report.lost).toBe(1)
  })
  it('allows a client that left to end early', () => {
    const history = said('a', 'b')
    shows(history, 1, [1, 'a']).isLevelInTheEnd = false
    expect(found(check(history, [log('a', 'b')]))).toEqual([])
  })
  it.each(['gap', 'entry-before-sent', 'reset'] as const)('reports a %s on the wire', (type) => {
    const history = said('a')
    history.wireFault({ type, client: 1, id: 9, after: 7 })
    expect(found(check(history, [log('a')]))).toEqual(['P3'])
  })
})

describe('checker P4 (one id, one text, everywhere)', () => {
  it('reports a client that was shown another text', () => {
    const history = said('a')
    shows(history, 1, [1, 'a'])
    shows(history, 2, [1, 'A'])
    const report = check(history, [log('a')])
    expect(found(report)).toEqual(['P4'])
    expect(report.phantom).toBe(1)
  })
  it('reports reads that differ', () => {
    expect(found(check(said('a', 'b'), [log('a', 'b'), log('b', 'a')]))).toEqual(['P4'])
  })
  it('reports a text stored under the key of another', () => {
    const reading = log('a')
    reading.entries = [{ id: 1, data: 'a', key: 'b' }]
    expect(found(check(said('a'), [reading]))).toEqual(['P4'])
  })
})

describe('checker P5 (only what is in the log, only what was sent)', () => {
  it('reports a displayed entry that is not in the log', () => {
    const history = said('a')
    history.invoke(0, 'b', 'b')
    history.refuse('b', 'too long')
    shows(history, 1, [1, 'a'], [2, 'b']).isLevelInTheEnd = false
    const report = check(history, [log('a')])
    expect(found(report)).toEqual(['P5'])
    expect(report.phantom).toBe(1)
  })
  it('reports an entry that nobody sent', () => {
    expect(found(check(said('a'), [log('a', 'x')]))).toEqual(['P5'])
  })
})

describe('checker P6 (a message sent after an acknowledgement is ordered after it)', () => {
  it('reports one ordered before it', () => {
    const history = new History()
    history.invoke(0, 'a', 'a')
    history.ack('a', 2)
    history.invoke(1, 'b', 'b')
    history.ack('b', 1)
    expect(found(check(history, [log('b', 'a')]))).toEqual(['P6'])
  })
  it('allows either order for concurrent messages', () => {
    const history = new History()
    history.invoke(0, 'a', 'a')
    history.invoke(1, 'b', 'b')
    history.ack('a', 2)
    history.ack('b', 1)
    expect(found(check(history, [log('b', 'a')]))).toEqual([])
  })
})

describe('checker P7 (messages of one client keep their order)', () => {
  function saidAtOnce(): History {
    const history = new History()
    for (const key of ['a', 'b']) history.invoke(0, key, key)
    history.ack('b', 1)
    history.ack('a', 2)
    return history
  }
  it('reports a reversed pair', () => {
    expect(found(check(saidAtOnce(), [log('b', 'a')]))).toEqual(['P7'])
  })
  it('allows a delayed message to be later', () => {
    const history = saidAtOnce()
    history.putOff('a')
    expect(found(check(history, [log('b', 'a')]))).toEqual([])
  })
})

describe('checker P8 (unacknowledged messages)', () => {
  it('reports one that was never answered, stored or not', () => {
    const history = said('a')
    history.invoke(0, 'b', 'b')
    expect(found(check(history, [log('a')]))).toEqual(['P8'])
    expect(found(check(history, [log('a', 'b')]))).toEqual(['P8'])
  })
  it('reports one that was refused and stored', () => {
    const history = new History()
    history.invoke(0, 'a', 'a')
    history.refuse('a', 'too long')
    expect(found(check(history, [log('a')]))).toEqual(['P8'])
    expect(found(check(history, [log()]))).toEqual([])
  })
})

describe('checker P9 (ids from 1 to head without gaps, sound storage)', () => {
  it('reports a gap', () => {
    const reading = log('a', 'b')
    reading.entries = [
      { id: 1, data: 'a' },
      { id: 3, data: 'b' },
    ]
    reading.head = 3
    const history = new History()
    for (const [key, id] of [['a', 1] as const, ['b', 3] as const]) {
      history.invoke(0, key, key)
      history.ack(key, id)
    }
    expect(found(check(history, [reading]))).toEqual(['P9'])
  })
  it('reports a read that is shorter than the other', () => {
    expect(found(check(said('a', 'b'), [log('a', 'b'), log('a')]))).toEqual(['P9'])
  })
  it('reports what the reader reports', () => {
    expect(found(check(said('a'), [{ ...log('a'), faults: ['integrity_check says no'] }]))).toEqual(['P9'])
  })
})

describe('checker of a log that has lost its end', () => {
  /** The log `old` had 1 to 3 and has lost 2 and 3; the log `new` has another 2. */
  function lost(): History {
    const history = new History()
    history.noteEpoch('old')
    for (const [i, key] of ['a', 'b', 'c'].entries()) {
      history.invoke(0, key, key)
      history.ack(key, i + 1, 'old')
    }
    history.endEpoch(1)
    history.noteEpoch('new')
    history.invoke(0, 'd', 'd')
    history.ack('d', 2, 'new')
    return history
  }
  function showsBoth(history: History, before: [number, string][], now: [number, string][]): Display {
    const display = history.display(1)
    for (const [id, data] of before) history.show(display, id, data, 'old')
    display.restart()
    for (const [id, data] of now) history.show(display, id, data, 'new')
    return display
  }
  const before: [number, string][] = ['a', 'b', 'c'].map((data, i) => [i + 1, data])
  const now: [number, string][] = ['a', 'd'].map((data, i) => [i + 1, data])

  it('allows what was lost, and counts it', () => {
    const history = lost()
    showsBoth(history, before, now)
    expect(found(check(history, [log('a', 'd')]))).toEqual([])
    expect(history.lostAcks.map(({ send }) => send.key)).toEqual(['b', 'c'])
    expect(history.head).toBe(2)
  })
  it('reports what was lost of the part that is kept', () => {
    const history = lost()
    history.invoke(0, 'e', 'e')
    history.ack('e', 1, 'old')
    expect(found(check(history, [log('a', 'd')]))).toEqual(['P1'])
  })
  it('reports what was lost of the new log', () => {
    const history = lost()
    history.invoke(0, 'e', 'e')
    history.ack('e', 3, 'new')
    expect(found(check(history, [log('a', 'd')]))).toEqual(['P1'])
  })
  it('reports an id with two meanings in the log that was lost', () => {
    const shown = lost()
    showsBoth(
      shown,
      [
        [1, 'a'],
        [2, 'b'],
        [3, 'x'],
      ],
      now,
    )
    expect(found(check(shown, [log('a', 'd')]))).toEqual(['P4'])
    const acknowledged = lost()
    acknowledged.invoke(1, 'e', 'e')
    acknowledged.ack('e', 3, 'old')
    expect(found(check(acknowledged, [log('a', 'd')]))).toEqual(['P4'])
  })
  it('reports an entry of the new log that was shown under the old epoch', () => {
    const history = lost()
    showsBoth(
      history,
      [
        [1, 'a'],
        [2, 'd'],
      ],
      now,
    )
    expect(found(check(history, [log('a', 'd')]))).toEqual(['P4'])
  })
  it('reports a display that stays with the log that was lost', () => {
    const history = lost()
    const display = history.display(1)
    for (const [id, data] of [
      [1, 'a'],
      [2, 'b'],
    ] as const)
      history.show(display, id, data, 'old')
    expect(found(check(history, [log('a', 'd')]))).toEqual(['P3'])
  })
  it('reports a client that is told to begin anew in another log where that is not allowed', () => {
    const history = lost()
    history.wireFault({ type: 'new-epoch', client: 1, id: 2, after: 3 })
    expect(found(check(history, [log('a', 'd')]))).toEqual(['P3'])
    expect(found(check(history, [log('a', 'd')], ['new-epoch']))).toEqual([])
  })
})

it('checker › checks a million events', () => {
  const clients = 100
  const entries = 10_000
  const keys = Array.from({ length: entries }, (_, i) => `c0-${i + 1}`)
  const history = said(...keys)
  for (let client = 0; client < clients; client++) {
    shows(history, client, ...keys.map((key, i): [number, string] => [i + 1, key]))
  }
  const before = process.cpuUsage()
  const report = check(history, [log(...keys), log(...keys)])
  expect(report).toMatchObject({ shows: clients * entries, violations: {} })
  const { user } = process.cpuUsage(before)
  expect(user / 1_000_000, 'seconds of processor').toBeLessThan(20)
})
