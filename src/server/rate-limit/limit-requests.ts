/** How many requests a user and a network may make. */

import type { IncomingMessage } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { Context, Next } from 'koa'
import { isIconPath } from '../../shared/appearance/server-icon.ts'
import { isFilePath } from '../../shared/protocol/file-path.ts'
import type { Session } from '../auth/sessions.ts'
import { retryAfter } from '../http/retry-after.ts'
import type { Log } from '../log.ts'
import { networkOf } from './network.ts'
import { TurnQueue } from './turn-queue.ts'

/** How long a request that comes too early is held before it is refused. */
const maxHeldMs = 1_000
/** A request takes a tenth of a millisecond of the event loop at least, and a page a few. */
const maxRequestsInTurn = 8
const maxPagesInTurn = 1

type Asker = Pick<Session, 'user' | 'isVerified'>

/** Each method answers 0, or in how many milliseconds the next one is allowed. */
export interface RequestLimits {
  request(network: string, who: Asker | undefined): number
  page(network: string, who: Asker | undefined): number
}

interface Needs {
  limits: RequestLimits
  log: Log
  addressOf(request: IncomingMessage): string
  callers: { find(request: IncomingMessage): Promise<Asker | undefined> }
}

/** Limits requests of any kind, files included. */
export function limitRequests({ limits, log, addressOf, callers }: Needs) {
  const queue = new TurnQueue(maxRequestsInTurn)
  return async function limitRequests(ctx: Context, next: Next): Promise<void> {
    const address = addressOf(ctx.req)
    const network = networkOf(address)
    const turn = () => queue.turn(network)
    await turn()
    const session = await callers.find(ctx.req)
    const refused = () => log.event('request-limited', { reason: 'requests', address, user: session?.user.id })
    if (await isInTime(ctx, { take: () => limits.request(network, session), turn, refused })) await next()
  }
}

/** Limits requests that run code of ours: pages and forms. */
export function limitPages({ limits, log, addressOf, callers }: Needs) {
  const queue = new TurnQueue(maxPagesInTurn)
  return async function limitPages(ctx: Context, next: Next): Promise<void> {
    // Whatever watches over the process must not be told that it is too fast because others are. An icon is as cheap as a file,
    // and a page of messages may have a hundred of those that users have sent.
    if (ctx.path === '/healthz' || isIconPath(ctx.path) || isFilePath(ctx.path)) return await next()
    const address = addressOf(ctx.req)
    const network = networkOf(address)
    const turn = () => queue.turn(network)
    await turn()
    const session = await callers.find(ctx.req)
    const refused = () => log.event('request-limited', { reason: 'pages', address, user: session?.user.id })
    if (await isInTime(ctx, { take: () => limits.page(network, session), turn, refused })) await next()
  }
}

interface Limit {
  take(): number
  /** Resolves when a request of the network may go on. */
  turn(): Promise<void>
  refused(): void
}

/**
 * Holds a request that comes too early before it is refused: a client that waits for each answer slows down by itself, and a few
 * requests too many are only served later.
 * @returns whether to go on: false when the client has gone meanwhile
 */
async function isInTime(ctx: Context, { take, turn, refused }: Limit): Promise<boolean> {
  const heldMs = take()
  if (!heldMs) return true
  // Requests that come together are answered one by one: a refusal is a page too.
  await setTimeout(Math.min(heldMs, maxHeldMs * (0.5 + Math.random() / 2)))
  await turn()
  if (ctx.req.socket.destroyed) return false
  const waitMs = take()
  if (!waitMs) return true
  refused()
  ctx.set('Retry-After', retryAfter(waitMs))
  return ctx.throw(429, ctx.state.language.t('tooManyRequests'))
}
