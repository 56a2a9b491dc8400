/**
 * Between which places the messages of a span of time stand. A new message has a place after all others, and older ones were given theirs
 * from the newest back to the first, so places are in the order of time as far as clocks are right. The time of each message is
 * looked at where it is read.
 */
import { hourMs } from '../../../shared/durations.ts'
import type { SearchQuery } from '../../../shared/search/query.ts'
import { one, only, type Rule } from '../transaction.ts'

/** Clocks of nodes differ. What was written while one was more wrong than this may not be found by days, nor what stands around it. */
const marginMs = hourMs

export const boundSql = {
  last: 'select coalesce(max(place), 0) as place from entries {index:entries_place} where place is not null',
  next: 'select place, at from entries {index:entries_place} where place >= ? order by place limit 1',
}

export interface Bounds {
  /** The first place. */
  from: number
  /** The place after the last one. */
  to: number
}

export function* boundsOf({ before, after }: SearchQuery): Rule<Bounds> {
  const to = before === undefined ? Number.MAX_SAFE_INTEGER : yield* firstPlace(before + marginMs)
  return { from: after === undefined ? 0 : yield* firstPlace(after - marginMs), to }
}

/** From this place on messages are of that time or later. */
function* firstPlace(at: number): Rule<number> {
  let low = 1
  let high = (yield* only<{ place: number }>(boundSql.last)).place + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    // Some places have no message.
    const message = yield* one<{ place: number; at: number }>(boundSql.next, middle)
    if (message && message.at < at) low = message.place + 1
    else high = middle
  }
  return low
}
