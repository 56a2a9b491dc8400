/** Sends notifications to push services, by Web Push (RFC 8030) with the keys of this server (RFC 8292), encrypted (RFC 8291). */
import { createECDH, createHash } from 'node:crypto'
import { hourMs, secondMs } from '../../shared/durations.ts'
import type { Log } from '../log.ts'
import type { Answer, Post } from '../outgoing/post.ts'
import { Slots } from '../outgoing/slots.ts'
import type { PushOutcome, PushTarget, VapidKeys } from '../store/store.ts'
import { serviceOf } from './push-hosts.ts'
import { maxPayloadBytes } from './push-payload.ts'

/** To one push service at once. */
const maxRequests = 16
/** How long a push service keeps what it cannot deliver. */
const ttlSeconds = 24 * 60 * 60
/** Doubled for each failure. */
const firstRetryMs = 30 * secondMs
const maxRetryMs = hourMs

export interface Pushing {
  payload: string
  urgency: 'low' | 'normal' | 'high'
  /** Names what it takes the place of, while the push service keeps it. */
  topic?: string
}

interface Needs {
  post: Post
  keys: VapidKeys
  /** Contact for push services when something is wrong: an https URL. */
  subject: string
  log: Pick<Log, 'event'>
  now?: () => number
  random?: () => number
}

export class Push {
  readonly #needs: Needs
  readonly #slots = new Map<string, Slots>()
  /** Hosts that have failed last, so that it is logged once. */
  readonly #failing = new Set<string>()

  constructor(needs: Needs) {
    this.#needs = needs
  }

  async send(target: PushTarget, { payload, urgency, topic }: Pushing, signal: AbortSignal): Promise<PushOutcome> {
    const { endpoint, p256dh, auth } = target
    const host = serviceOf(endpoint)
    if (Buffer.byteLength(payload) > maxPayloadBytes) return { type: 'failed', reason: 'too-large' }
    // Loaded only where something is pushed.
    const { default: webPush } = await import('web-push')
    const { keys, subject, post } = this.#needs
    const details = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, payload, {
      vapidDetails: { subject, ...keys },
      TTL: ttlSeconds,
      urgency,
      ...(topic !== undefined && { topic: topicOf(topic) }),
      contentEncoding: 'aes128gcm',
    })
    const headers = Object.fromEntries(Object.entries(details.headers).map(([name, value]) => [name, String(value)]))
    const answer = await this.#slotsOf(host).run(() =>
      post({ url: endpoint, headers, body: details.body ?? Buffer.alloc(0), signal }),
    )
    const outcome = this.#outcomeOf(answer, target.failures)
    this.#note(host, outcome)
    return outcome
  }

  #slotsOf(host: string): Slots {
    const slots = this.#slots.get(host) ?? new Slots(maxRequests)
    this.#slots.set(host, slots)
    return slots
  }

  #outcomeOf(answer: Answer, failures: number): PushOutcome {
    const { now = Date.now, random = Math.random } = this.#needs
    const usualMs = Math.min(firstRetryMs * 2 ** Math.min(failures, 20) * (0.75 + random() / 2), maxRetryMs)
    if (answer.type !== 'answered') {
      const isFinal = answer.type === 'forbidden-address'
      const reason = answer.type === 'too-large' ? 'refused' : answer.type
      return { type: 'failed', reason, ...(!isFinal && { retryAt: Math.round(now() + usualMs) }) }
    }
    const { status } = answer
    if (status >= 200 && status < 300) return { type: 'sent' }
    if (status === 404 || status === 410) return { type: 'gone' }
    if (status === 413) return { type: 'failed', reason: 'too-large', status }
    const isTemporary = status === 408 || status === 425 || status === 429 || status >= 500
    if (!isTemporary) return { type: 'failed', reason: 'refused', status }
    const retryAt = Math.round(now() + Math.max(usualMs, retryAfterMs(answer.retryAfter, now())))
    return { type: 'failed', reason: 'refused', status, retryAt }
  }

  #note(host: string, outcome: PushOutcome): void {
    if (outcome.type !== 'failed') return void this.#failing.delete(host)
    if (this.#failing.has(host)) return
    this.#failing.add(host)
    const { reason, status } = outcome
    this.#needs.log.event('push-failing', { reason, host, ...(status !== undefined && { status }) })
  }
}

/** Seconds, or a date (RFC 9110, section 10.2.3); at most an hour. */
function retryAfterMs(header: string | undefined, now: number): number {
  if (header === undefined) return 0
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * secondMs : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), maxRetryMs) : 0
}

/** 32 characters that say nothing to the push service. */
function topicOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url').slice(0, 32)
}

export function newVapidKeys(): VapidKeys {
  const curve = createECDH('prime256v1')
  curve.generateKeys()
  // The number may begin with zeros, which would be left out.
  const privateKey = Buffer.concat([Buffer.alloc(32), curve.getPrivateKey()]).subarray(-32)
  return { publicKey: curve.getPublicKey().toString('base64url'), privateKey: privateKey.toString('base64url') }
}

/** Whether it is a point of the curve: with any other nothing can be encrypted. */
export function isBrowserKey(p256dh: string): boolean {
  const curve = createECDH('prime256v1')
  curve.generateKeys()
  try {
    curve.computeSecret(Buffer.from(p256dh, 'base64url'))
    return true
  } catch {
    // That it cannot be computed is the answer.
    return false
  }
}
