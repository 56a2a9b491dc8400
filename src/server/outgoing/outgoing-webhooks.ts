/**
 * Sends outgoing webhooks. Each follows the log by its stored cursors, one request after the other; what is published here only wakes it.
 * A crash repeats the newest delivery at most, and nothing waits for a webhook: neither messages nor the end of the server.
 */
import { secondMs } from '../../shared/durations.ts'
import type { Publication } from '../chat/publication.ts'
import type { Log } from '../log.ts'
import type { NextDelivery, Outgoing, OutgoingHook, Store } from '../store/store.ts'
import { idOf, payloadOf } from './payload.ts'
import type { Post } from './post.ts'
import type { Replies } from './replies.ts'
import { attemptOf } from './retries.ts'
import { signedHeaders } from './signature.ts'
import { Slots } from './slots.ts'

const maxRequests = 16
/** Finds what nobody has told of: changes at the command line, and rooms to which a bot came back. */
const lookMs = 30 * secondMs

interface Needs {
  store: Pick<Store, 'outgoing'>
  replies: Pick<Replies, 'answer' | 'tellPaused'>
  post: Post
  log: Pick<Log, 'event'>
  now?: () => number
  random?: () => number
}

interface Worker {
  hook: OutgoingHook
  /** What it does now. */
  work: Promise<void> | undefined
  /** Whether something has happened since it has looked. */
  isStale: boolean
  timer: NodeJS.Timeout | undefined
}

export class OutgoingWebhooks {
  readonly #needs: Needs
  readonly #now: () => number
  readonly #workers = new Map<number, Worker>()
  readonly #slots = new Slots(maxRequests)
  readonly #closing = new AbortController()
  #look: NodeJS.Timeout | undefined

  constructor(needs: Needs) {
    this.#needs = needs
    this.#now = needs.now ?? Date.now
  }

  /** Goes on where the last run has stopped. */
  async start(): Promise<void> {
    // First: if the store cannot be read now, it is later.
    this.#look = setInterval(() => this.#reload(), lookMs).unref()
    await this.load()
  }

  hear(publication: Publication): void {
    if (publication.type === 'outgoing-hooks') this.#reload()
    if (publication.type !== 'entry') return
    const { entry } = publication
    const mentions = 'mentions' in entry ? entry.mentions : undefined
    if (entry.type !== 'chat' && !mentions) return
    for (const worker of this.#workers.values()) {
      const { kind, user, rooms } = worker.hook
      const isFor = kind === 'mentions' ? mentions?.some(({ id }) => id === user.id) : rooms.includes(entry.room)
      if (isFor) this.#wake(worker)
    }
  }

  /** Reads which webhooks there are, and lets each of them look for what it has to send. */
  async load(): Promise<void> {
    const hooks = await this.#needs.store.outgoing.list()
    if (this.#closing.signal.aborted) return
    const ids = new Set(hooks.map(({ id }) => id))
    for (const [id, { timer }] of this.#workers) {
      if (ids.has(id)) continue
      clearTimeout(timer)
      this.#workers.delete(id)
    }
    for (const hook of hooks) {
      const worker = this.#workers.get(hook.id) ?? { hook, work: undefined, isStale: false, timer: undefined }
      worker.hook = hook
      this.#workers.set(hook.id, worker)
      this.#wake(worker)
    }
  }

  /** Ends requests that are under way: they are sent again after the next start. */
  async close(): Promise<void> {
    clearInterval(this.#look)
    this.#closing.abort()
    const workers = [...this.#workers.values()]
    for (const { timer } of workers) clearTimeout(timer)
    await Promise.all(workers.map(({ work }) => work))
  }

  /** Resolves when nothing is to be done before something happens or a wait ends; for tests. */
  async settled(): Promise<void> {
    while ([...this.#workers.values()].some(({ work }) => work))
      await Promise.all([...this.#workers.values()].map(({ work }) => work))
  }

  #reload(): void {
    this.load().catch((err) => this.#failed(err))
  }

  #wake(worker: Worker): void {
    worker.isStale = true
    if (worker.work || this.#closing.signal.aborted) return
    clearTimeout(worker.timer)
    worker.work = this.#work(worker)
      .catch((err) => {
        // It goes on with the next look.
        worker.isStale = false
        this.#failed(err)
      })
      .finally(() => {
        worker.work = undefined
        // Something has happened after it had looked for the last time.
        if (worker.isStale) this.#wake(worker)
      })
  }

  async #work(worker: Worker): Promise<void> {
    let hasMore = true
    while ((hasMore || worker.isStale) && !this.#closing.signal.aborted) {
      worker.isStale = false
      hasMore = await this.#slots.run(() => this.#step(worker))
    }
  }

  /** @returns whether there may be more to do at once */
  async #step(worker: Worker): Promise<boolean> {
    const { id } = worker.hook
    const { outgoing } = this.#needs.store
    if (this.#closing.signal.aborted) return false
    const next = await outgoing.next(id, this.#now())
    switch (next.type) {
      case 'none':
        return await this.#pass(id, next)
      case 'wait':
        clearTimeout(worker.timer)
        // Not longer than a look: the clock may be set meanwhile.
        worker.timer = setTimeout(() => this.#wake(worker), Math.min(next.ms, lookMs)).unref()
        return false
      case 'withdrawn':
        await outgoing.note({ ...next.delivery, at: this.#now(), result: 'withdrawn', isDone: false, retryAt: 0 })
        return true
      case 'send':
        return await this.#send(worker.hook, next)
      default:
        return next satisfies never
    }
  }

  async #pass(id: number, { passed, more }: Extract<NextDelivery, { type: 'none' }>): Promise<boolean> {
    if (passed.length) await this.#needs.store.outgoing.pass(id, passed)
    return more
  }

  async #send(hook: OutgoingHook, next: Outgoing): Promise<boolean> {
    const { store, replies, post, log, random = Math.random } = this.#needs
    const { signal } = this.#closing
    const body = payloadOf(next)
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'Teahouse',
      accept: 'application/json, text/plain',
      'accept-encoding': 'identity',
      ...signedHeaders(next.secret, idOf(next), this.#now(), body),
    }
    const answer = await post({ url: next.url, headers, body, signal })
    if (signal.aborted) return false
    const attempt = attemptOf(next, answer, this.#now(), random())
    const isPosted = await replies.answer(next, answer, attempt, signal)
    const { paused } = await store.outgoing.note(isPosted ? attempt : { ...attempt, result: 'not-posted' })
    if (paused) {
      log.event('webhook-paused', { reason: paused, user: next.bot.user.id, hook: hook.id })
      await replies.tellPaused(hook, next.bot, paused)
    }
    return true
  }

  #failed(err: unknown): void {
    if (!this.#closing.signal.aborted) this.#needs.log.event('task-failed', { reason: 'outgoing-webhooks', err })
  }
}
