import { describe, expect, it } from 'vitest'
import { dayMs, forever, formatDuration, hourMs, isForever, minuteMs, secondMs } from '../../src/shared/durations.ts'
import { Language } from '../../src/shared/language.ts'
import { en } from '../../src/shared/locales/en/index.ts'
import { zh } from '../../src/shared/locales/zh/index.ts'

const languages = { en: new Language('en', en), zh: new Language('zh', zh) }

describe('duration', () => {
  it.for([
    [400, '1 second', '1秒钟'],
    [secondMs, '1 second', '1秒钟'],
    [90 * secondMs, '90 seconds', '90秒钟'],
    [10 * minuteMs, '10 minutes', '10分钟'],
    [60 * minuteMs, '1 hour', '1小时'],
    [36 * hourMs, '36 hours', '36小时'],
    [7 * dayMs, '7 days', '7天'],
    [forever, 'Forever', '永久'],
  ] as const)('of %d ms is written in the largest unit that it is a whole number of', ([ms, english, chinese]) => {
    expect([formatDuration(ms, languages.en), formatDuration(ms, languages.zh)]).toEqual([english, chinese])
  })

  it.for([
    [10 * minuteMs - 900, '10 minutes'],
    [dayMs - 20, '1 day'],
    [7 * dayMs - 30 * secondMs, '7 days'],
    [61 * secondMs, '61 seconds'],
  ] as const)('of %d ms is rounded by at most one percent', ([ms, english]) => {
    expect(formatDuration(ms, languages.en)).toBe(english)
  })
})

it('forever › is later than any end that can be chosen', () => {
  expect([isForever(forever), isForever(Date.now() + 366 * dayMs)]).toEqual([true, false])
  expect(new Date(forever).getTime()).toBe(forever)
})
