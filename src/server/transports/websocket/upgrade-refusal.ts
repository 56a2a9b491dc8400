/** Why an upgrade gets no WebSocket, and its answer. */
import type { Duplex } from 'node:stream'
import { answerPlainly } from '../../http/plain-response.ts'
import { retryAfter } from '../../http/retry-after.ts'
import type { NoSlot } from '../../rate-limit/connection-slots.ts'

const noSlot: Readonly<Record<NoSlot, [status: number, reason: string, message: string]>> = {
  'server-full': [503, 'server-full', 'The server is full.'],
  'too-many-of-network': [429, 'too-many-of-network', 'There are too many connections from this address.'],
}
const busyRetryMs = 30_000
const restartMs = 2_000

export class UpgradeRefusal extends Error {
  readonly status: number
  /** For the log. */
  readonly reason: string
  readonly retryAfterMs: number | undefined

  constructor(status: number, reason: string, message: string, retryAfterMs?: number) {
    super(message)
    this.reason = reason
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

export function refusalWithoutSlot(reason: NoSlot): UpgradeRefusal {
  return new UpgradeRefusal(...noSlot[reason], busyRetryMs)
}

export function refusalWhenStopping(): UpgradeRefusal {
  return new UpgradeRefusal(503, 'stopping', 'The server is about to restart.', restartMs)
}

export function answerRefusal(socket: Duplex, { status, message, retryAfterMs }: UpgradeRefusal): void {
  answerPlainly(socket, status, message, retryAfterMs ? { 'Retry-After': retryAfter(retryAfterMs) } : {})
}
