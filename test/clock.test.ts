import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, vi } from 'vitest'
import { IpBans } from '../src/server/auth/ip-bans.ts'
import { Clock } from '../src/server/clock.ts'
import type { ClockNote } from '../src/server/store/store.ts'
import { recordedLog } from './support/recorded-log.ts'
import { startServer } from './support/server/server.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const begin = 1_800_000_000_000

/** A machine whose clock can be set. */
function machine(note?: ClockNote) {
  const record = recordedLog()
  const time = { wall: begin, monotonic: 5_000 }
  const clock = new Clock(note, { log: record.log, wall: () => time.wall, monotonic: () => time.monotonic })
  return {
    clock,
    time,
    jumps: () => record.of('clock-jumped').map(({ seconds }) => seconds),
    pass(ms: number) {
      for (let left = ms; left > 0; left -= minuteMs) {
        time.wall += Math.min(left, minuteMs)
        time.monotonic += Math.min(left, minuteMs)
        clock.look()
      }
    },
  }
}

describe('clock', () => {
  it('is trusted while it advances, and after a short stop (operation 2)', () => {
    const { clock, pass, jumps } = machine({ at: begin - 2 * dayMs, doubtMs: 0 })
    expect(clock.isInDoubt).toBe(false)
    pass(3 * dayMs)
    expect(clock.isInDoubt).toBe(false)
    expect(clock.note).toEqual({ at: begin + 3 * dayMs, doubtMs: 0 })
    expect(jumps()).toEqual([])
  })
  it.for([
    ['40 days ahead', 40 * dayMs],
    ['ten years ahead', 3650 * dayMs],
    ['two hours behind', -2 * hourMs],
    ['in 1970', -begin],
  ] as const)('is in doubt at once when it is suddenly %s, and right again once it is set (operation 2)', ([, off]) => {
    const { clock, time, pass, jumps } = machine({ at: begin, doubtMs: 0 })
    time.wall += off
    expect(clock.isInDoubt).toBe(true)
    pass(10 * minuteMs)
    expect(jumps()).toEqual([off / 1000])
    expect(clock.note.at).toBe(begin + 10 * minuteMs)
    time.wall -= off
    expect(clock.isInDoubt).toBe(false)
    pass(minuteMs)
    expect(clock.note).toEqual({ at: begin + 11 * minuteMs, doubtMs: 0 })
  })
  it('is trusted after a day of running, over restarts too (operation 2)', () => {
    const first = machine({ at: begin - 40 * dayMs, doubtMs: 0 })
    first.pass(20 * hourMs)
    expect(first.clock.isInDoubt).toBe(true)
    const note = { ...first.clock.note, at: begin - 40 * dayMs + 20 * hourMs }
    const next = machine(note)
    expect(next.clock.isInDoubt).toBe(true)
    next.pass(4 * hourMs + minuteMs)
    expect(next.clock.isInDoubt).toBe(false)
    expect(next.clock.note.at).toBe(begin + 4 * hourMs + minuteMs)
  })
  it('that jumps once more must be right for another day (operation 2)', () => {
    const { clock, time, pass, jumps } = machine({ at: begin, doubtMs: 0 })
    time.wall += 40 * dayMs
    pass(23 * hourMs)
    time.wall += 40 * dayMs
    pass(23 * hourMs)
    expect(clock.isInDoubt).toBe(true)
    expect(jumps()).toHaveLength(2)
  })
})

describe('server with a wrong clock', () => {
  it('enforces a ban that seemed over again once the clock is right (operation 2)', async (t) => {
    const range = { range: '203.0.113.0/24', until: begin + dayMs }
    const bannedRanges = async (at: number) => [range].filter(({ until }) => until > at)
    const spy = vi.spyOn(Date, 'now').mockReturnValue(begin + 40 * dayMs)
    t.onTestFinished(() => spy.mockRestore())
    const bans = new IpBans({ bannedRanges })
    await bans.load()
    expect(bans.has('203.0.113.9'), 'as the clock says').toBe(false)
    spy.mockReturnValue(begin)
    expect(bans.has('203.0.113.9')).toBe(true)
  })
  it('ends no session and deletes nothing, and dates new records correctly afterwards (operation 2)', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const chat = await anna.connect()
    await chat.open('lobby')
    await chat.say('lobby', 'before')
    await server.stop()
    const { now } = Date
    const spy = vi.spyOn(Date, 'now')
    t.onTestFinished(() => spy.mockRestore())
    spy.mockImplementation(() => now() + 3650 * dayMs)
    await server.restart()
    const later = await anna.connect()
    await later.open('lobby')
    await later.say('lobby', 'in ten years')
    spy.mockImplementation(now)
    await later.say('lobby', 'now')
    await server.stop()
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'), { readOnly: true })
    t.onTestFinished(() => database.close())
    const times = database
      .prepare('select at from entries order by id')
      .all()
      .map(({ at }) => Number(at))
    expect(times).toHaveLength(3)
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(3000 * dayMs)
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeLessThan(hourMs)
    expect(database.prepare('select count(*) as n from sessions').get()).toEqual({ n: 1 })
  })
})
