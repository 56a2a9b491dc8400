/** What the server does about an answer of a push service, or about none. */
import { describe, expect, it } from 'vitest'
import { newVapidKeys, Push } from '../../src/server/notify/push.ts'
import type { Answer } from '../../src/server/outgoing/post.ts'
import { hourMs, minuteMs, secondMs } from '../../src/shared/durations.ts'
import { recordedLog } from '../support/recorded-log.ts'
import type { Cleanup } from '../support/server/server.ts'
import { startPushService } from '../support/services/push-service.ts'

const now = Date.UTC(2030, 0, 1)

/** Sends to a push service that answers so. Waits are in the middle of their range. */
async function sending(t: Cleanup) {
  const { keys } = (await startPushService(t)).newBrowser().subscription
  const state: { answer: Answer } = { answer: { type: 'timeout' } }
  const push = new Push({
    post: async () => state.answer,
    keys: newVapidKeys(),
    subject: 'https://chat.example.org',
    log: recordedLog().log,
    now: () => now,
    random: () => 0.5,
  })
  const endpoint = 'https://fcm.googleapis.com/fcm/send/x'
  const { signal } = new AbortController()
  return (answer: Answer, failures = 0) => {
    state.answer = answer
    const target = { id: 1, endpoint, ...keys, language: 'en', failures } as const
    return push.send(target, { payload: '{}', urgency: 'normal' }, signal)
  }
}

function answered(status: number, retryAfter?: string): Answer {
  return { type: 'answered', status, contentType: '', body: '', ...(retryAfter !== undefined && { retryAfter }) }
}

describe('a push is', () => {
  it('delivered, or final', async (t) => {
    const send = await sending(t)
    for (const status of [200, 201, 202]) expect(await send(answered(status))).toEqual({ type: 'sent' })
    for (const status of [404, 410]) expect(await send(answered(status))).toEqual({ type: 'gone' })
    for (const status of [301, 307, 400, 401, 403])
      expect(await send(answered(status, '60'))).toEqual({ type: 'failed', reason: 'refused', status })
    expect(await send(answered(413))).toEqual({ type: 'failed', reason: 'too-large', status: 413 })
    expect(await send({ type: 'forbidden-address' })).toEqual({ type: 'failed', reason: 'forbidden-address' })
  })
  it('sent again, later after each failure and at least once an hour', async (t) => {
    const send = await sending(t)
    const failed = { type: 'failed', reason: 'refused', retryAt: now + 30 * secondMs }
    for (const status of [408, 425, 429, 500, 502, 503])
      expect(await send(answered(status))).toEqual({ ...failed, status })
    for (const type of ['timeout', 'unreachable'] as const)
      expect(await send({ type })).toEqual({ ...failed, reason: type })
    expect(await send({ type: 'too-large' })).toEqual(failed)
    const waits: number[] = []
    for (const failures of [1, 2, 6, 7, 1_000]) {
      const outcome = await send(answered(503), failures)
      waits.push(outcome.type === 'failed' ? (outcome.retryAt ?? 0) - now : 0)
    }
    expect(waits).toEqual([minuteMs, 2 * minuteMs, 32 * minuteMs, hourMs, hourMs])
  })
  it('sent again when the push service wants, in seconds or as a date, within an hour', async (t) => {
    const send = await sending(t)
    const waits: Record<string, number> = {
      '600': 10 * minuteMs,
      '86400': hourMs,
      'Tue, 01 Jan 2030 00:20:00 GMT': 20 * minuteMs,
      'Wed, 02 Jan 2030 00:00:00 GMT': hourMs,
      // Not before the usual wait.
      '1': 30 * secondMs,
      'Mon, 31 Dec 2029 23:00:00 GMT': 30 * secondMs,
      soon: 30 * secondMs,
    }
    for (const [header, ms] of Object.entries(waits))
      expect(await send(answered(429, header)), header).toMatchObject({ retryAt: now + ms })
  })
})
