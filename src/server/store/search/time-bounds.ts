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

export interface Bounds {
  /** The first place. */
  from: number
  /** The place after the last one. */
  to: number
}

export function* boundsOf({ before, after }: SearchQuery): Rule<Bounds> {
  const [start, end] = [
    after === undefined ? undefined : after - marginMs,
    before === undefined ? undefined : before + marginMs,
  ]
  return {
    from: start === undefined ? 0 : yield* placeAfter(({ last }) => last < start),
    to: end === undefined ? Number.MAX_SAFE_INTEGER : yield* placeAfter(({ first }) => first < end),
  }
}

/** Times of messages that are kept together. */
interface Times {
  /** Of the last one. */
  place: number
  first: number
  last: number
}

/** The place after the last group for which `isSo` is true. It is true for each group before that one. */
function* placeAfter(isSo: (times: Times) => boolean): Rule<number> {
  let low = 1
  let high = (yield* only<{ place: number }>('{last place}')).place + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    // Some places have no message.
    const times = yield* one<Times>('{times after}', middle)
    if (times && isSo(times)) low = times.place + 1
    else high = middle
  }
  return low
}
