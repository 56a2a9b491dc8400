/** The choices of the forms that ban somebody: for how long, and which of their messages are deleted. */
import type { Context } from 'koa'
import { dayMs, forever, formatDuration, hourMs, isForever } from '../../../shared/durations.ts'
import type { Language } from '../../../shared/language.ts'

interface Choice {
  value: string
  words: string
  isChosen: boolean
}

/** Milliseconds by the value of the field `days`. */
const banMs: Readonly<Record<string, number>> = { '1': dayMs, '7': 7 * dayMs, ever: forever }
/** Milliseconds by the value of the field `remove`. */
const removalMs: Readonly<Record<string, number>> = { none: 0, hour: hourMs, day: dayMs, all: forever }

/** A refused form keeps the choice. */
export function banLengths(ctx: Context): Choice[] {
  return choicesOf(banMs, ctx.field('days'), (ms) => formatDuration(ms, ctx.state.language))
}

export function banRemovals(ctx: Context): Choice[] {
  return choicesOf(removalMs, ctx.field('remove'), (ms) => removalWords(ms, ctx.state.language))
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

function choicesOf(all: Readonly<Record<string, number>>, asked: string, wordsOf: (ms: number) => string): Choice[] {
  const chosen = asked || Object.keys(all).find((value) => value === 'none' || value === '1')
  return Object.entries(all).map(([value, ms]) => ({ value, words: wordsOf(ms), isChosen: value === chosen }))
}

function removalWords(ms: number, language: Language): string {
  const { t } = language
  if (!ms) return t('removeNone')
  return isForever(ms) ? t('removeAll') : t('removeLast', { time: formatDuration(ms, language) })
}
