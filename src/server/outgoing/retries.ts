/** What becomes of an attempt: whether its message is dealt with, and when the next one is. */
import { hourMs, secondMs } from '../../shared/durations.ts'
import type { Attempt, DeliveryResult, Outgoing } from '../store/store.ts'
import { excerptOf } from './payload.ts'
import type { Answer } from './post.ts'

/** Doubled for each failure. */
const firstRetryMs = 5 * secondMs
const maxRetryMs = hourMs
/** A person waits for the answer of a command: it is tried four times, with half a minute of waits between them. */
const firstCommandRetryMs = 2 * secondMs
export const maxCommandAttempts = 4
/** Client errors after which the same request may succeed: a timeout, too early, too many. */
const temporary = [408, 425, 429]

export function resultOf(answer: Answer): DeliveryResult {
  if (answer.type !== 'answered') return answer.type
  const { status } = answer
  if (status >= 200 && status < 300) return 'delivered'
  if (status === 410) return 'gone'
  return status >= 300 && status < 400 ? 'redirect' : 'refused'
}

/** @param random from 0 to 1, so that many webhooks do not come back at once */
export function attemptOf(next: Outgoing, answer: Answer, at: number, random: number): Attempt {
  const { delivery, kind, failures } = next
  const result = resultOf(answer)
  const isSuccess = result === 'delivered'
  const isDone = isSuccess || (kind === 'command' && isCommandOver(answer, failures))
  const usualMs = kind === 'command' ? firstCommandRetryMs * 3 ** failures : retryMs(failures)
  const waitMs = Math.min(usualMs * (0.75 + random / 2), maxRetryMs)
  return {
    ...delivery,
    at,
    result,
    isDone,
    retryAt: isDone ? at : Math.round(at + waitMs),
    ...(answer.type === 'answered' && { status: answer.status, ...(!isSuccess && { answer: excerptOf(answer) }) }),
  }
}

function retryMs(failures: number): number {
  return Math.min(firstRetryMs * 2 ** Math.min(failures, 20), maxRetryMs)
}

function isCommandOver(answer: Answer, failures: number): boolean {
  const isFinal = answer.type === 'answered' && answer.status >= 400 && answer.status < 500
  return (isFinal && !temporary.includes(answer.status)) || failures + 1 >= maxCommandAttempts
}
