/** The choices of the forms that ban somebody: for how long, and which of their messages are deleted. */
import type { Context } from 'koa'
import { dayMs, forever, formatDuration, hourMs } from '../../../shared/durations.ts'
import type { LazyTextKey } from '../../../shared/language.ts'

interface Choice {
  value: string
  words: string
  isChosen: boolean
}

/** Milliseconds by the value of the field `days`. */
const banMs: Readonly<Record<string, number>> = { '1': dayMs, '7': 7 * dayMs, ever: forever }
/** Milliseconds by the value of the field `remove`. */
const removalMs: Readonly<Record<string, number>> = { none: 0, hour: hourMs, day: dayMs, all: forever }
const removalTexts: Readonly<Record<string, LazyTextKey>> = {
  none: 'removeNone',
  hour: 'removeHour',
  day: 'removeDay',
  all: 'removeAll',
}

/** A refused form keeps the choice. */
export function banLengths(ctx: Context): Choice[] {
  const chosen = ctx.field('days') || Object.keys(banMs)[0]
  return Object.entries(banMs).map(([value, ms]) => {
    return { value, words: formatDuration(ms, ctx.state.language), isChosen: value === chosen }
  })
}

export function banRemovals(ctx: Context): Choice[] {
  const { t } = ctx.state.language
  return Object.entries(removalTexts).map(([value, text]) => {
    return { value, words: t(text), isChosen: value === (ctx.field('remove') || 'none') }
  })
}

/** Until when the ban of the form lasts. */
export function untilOf(ctx: Context): number {
  const days = ctx.field('days')
  const ms = Object.hasOwn(banMs, days) ? banMs[days] : undefined
  return ms === undefined ? ctx.throw(400) : Math.min(Date.now() + ms, forever)
}

/** Since when the messages are deleted; undefined when none are. */
export function removeSinceOf(ctx: Context): number | undefined {
  const asked = ctx.field('remove') || 'none'
  const ms = Object.hasOwn(removalMs, asked) ? removalMs[asked] : ctx.throw(400)
  return ms ? Math.max(0, Date.now() - ms) : undefined
}
