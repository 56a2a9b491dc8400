/** When webhooks are sent: the order, the waits, and what happens when the server stops. The clock and the other side are fakes. */
import { describe, expect, it } from 'vitest'
import { OutgoingWebhooks } from '../../src/server/outgoing/outgoing-webhooks.ts'
import type { Answer, Posting } from '../../src/server/outgoing/post.ts'
import { dayMs, hourMs } from '../../src/shared/durations.ts'
import { sqliteBackend } from '../store/backends.ts'
import { newOutgoingHook, StoreFixture } from '../store/fixture.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { tea } from '../support/server/populate.ts'
import type { Cleanup } from '../support/server/server.ts'

const answered = (status: number): Answer => ({ type: 'answered', status, contentType: 'text/plain', body: '' })

async function open(t: Cleanup, post: (posting: Posting) => Promise<Answer> = async () => answered(204)) {
  const fixture = await StoreFixture.open(t, sqliteBackend)
  await fixture.moderate(fixture.owen, { type: 'add-outgoing-hook', hook: newOutgoingHook() })
  const clock = { now: Date.now() }
  const texts: string[] = []
  const told: string[] = []
  const record = recordedLog()
  const start = async () => {
    const webhooks = new OutgoingWebhooks({
      store: fixture.store,
      post: (posting) => {
        texts.push(JSON.parse(String(posting.body)).data.message.data)
        return post(posting)
      },
      replies: {
        answer: async () => true,
        tellPaused: async (_hook, _bot, reason) => {
          told.push(reason)
        },
      },
      log: record.log,
      now: () => clock.now,
      random: () => 0.5,
    })
    t.onTestFinished(() => webhooks.close())
    await webhooks.load()
    return webhooks
  }
  /** Somebody writes, and all that can be sent is sent. */
  const say = async (webhooks: OutgoingWebhooks, data: string) => {
    const { entry } = await fixture.write(fixture.bo, tea, { data })
    webhooks.hear({ type: 'entry', entry })
    await webhooks.settled()
  }
  const settle = async (webhooks: OutgoingWebhooks) => {
    await webhooks.load()
    await webhooks.settled()
  }
  return { fixture, clock, texts, told, record, start, say, settle }
}

describe('outgoing webhooks', () => {
  it('are sent in order, each after the one before it is taken', async (t) => {
    let open_ = 0
    let max = 0
    const { fixture, texts, start, settle } = await open(t, async () => {
      max = Math.max(max, ++open_)
      await new Promise((resolve) => setImmediate(resolve))
      open_--
      return answered(204)
    })
    for (let i = 0; i < 10; i++) await fixture.write(fixture.bo, tea, { data: `${i}` })
    await settle(await start())
    expect([texts.join(''), max]).toEqual(['0123456789', 1])
  })
  it('wait longer after each failure, at most an hour, and send nothing else meanwhile', async (t) => {
    let status = 500
    const { fixture, clock, texts, start, say, settle } = await open(t, async () => answered(status))
    const webhooks = await start()
    await say(webhooks, 'one')
    await say(webhooks, 'two')
    expect(texts).toEqual(['one'])
    const waits: number[] = []
    for (let i = 0; i < 12; i++) {
      const next = await fixture.store.outgoing.next(1, clock.now)
      if (next.type !== 'wait') throw new Error('It does not wait.')
      waits.push(next.ms / 1000)
      clock.now += next.ms - 1
      await settle(webhooks)
      expect(texts).toHaveLength(i + 1)
      clock.now += 1
      await settle(webhooks)
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600])
    status = 200
    clock.now += hourMs
    await settle(webhooks)
    expect(texts.slice(-2)).toEqual(['one', 'two'])
  })
  it('are paused after a day of failures, and the owner is told once', async (t) => {
    const { clock, texts, told, record, start, say, settle } = await open(t, async () => ({ type: 'unreachable' }))
    const webhooks = await start()
    await say(webhooks, 'one')
    const begun = clock.now
    while (!told.length && clock.now < begun + 3 * dayMs) {
      clock.now += hourMs
      await settle(webhooks)
    }
    expect(clock.now - begun).toBe(dayMs)
    const sent = texts.length
    clock.now += dayMs
    await settle(webhooks)
    expect([told, texts.length]).toEqual([['failing'], sent])
    expect(record.of('webhook-paused')).toMatchObject([{ level: 'warn', reason: 'failing', hook: 1 }])
  })
  it('are paused at once by 410', async (t) => {
    const { told, start, say, texts } = await open(t, async () => answered(410))
    const webhooks = await start()
    await say(webhooks, 'one')
    await say(webhooks, 'two')
    expect([told, texts]).toEqual([['gone'], ['one']])
  })
  it('go on after the clock was set back by a year', async (t) => {
    let status = 500
    const { clock, texts, start, say, settle } = await open(t, async () => answered(status))
    const webhooks = await start()
    await say(webhooks, 'one')
    clock.now -= 365 * dayMs
    status = 200
    await settle(webhooks)
    expect(texts).toEqual(['one', 'one'])
  })
  it('stop in the middle of a request, note nothing of it, and send it again after the next start', async (t) => {
    const asked = Promise.withResolvers<void>()
    let isFirst = true
    const { fixture, texts, start, settle } = await open(t, ({ signal }) => {
      if (!isFirst) return Promise.resolve(answered(204))
      isFirst = false
      asked.resolve()
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ type: 'unreachable' })))
    })
    await fixture.write(fixture.bo, tea, { data: 'one' })
    const first = await start()
    await asked.promise
    await first.close()
    expect(await fixture.store.outgoing.deliveries(1)).toEqual([])
    await settle(await start())
    expect(texts).toEqual(['one', 'one'])
  })
  it('say that the store fails, and go on when it works again', async (t) => {
    const { fixture, texts, record, start, settle } = await open(t)
    await fixture.write(fixture.bo, tea, { data: 'one' })
    const { note } = fixture.store.outgoing
    fixture.store.outgoing.note = () => Promise.reject(new Error('The disk is full.'))
    const webhooks = await start()
    await webhooks.settled()
    expect(record.of('task-failed')).toMatchObject([{ reason: 'outgoing-webhooks' }])
    fixture.store.outgoing.note = note
    await settle(webhooks)
    expect(texts).toEqual(['one', 'one'])
    expect(await fixture.store.outgoing.deliveries(1)).toHaveLength(1)
  })
  it('do not keep others waiting: sixteen at once, and the next as soon as one has ended', async (t) => {
    const ends: (() => void)[] = []
    const full = Promise.withResolvers<void>()
    const { fixture, start } = await open(t, () => {
      return new Promise((resolve) => {
        ends.push(() => resolve(answered(204)))
        if (ends.length === 16) full.resolve()
      })
    })
    for (let i = 0; i < 19; i++)
      await fixture.moderate(fixture.owen, { type: 'add-outgoing-hook', hook: newOutgoingHook() })
    await fixture.write(fixture.bo, tea)
    const webhooks = await start()
    await full.promise
    expect(ends).toHaveLength(16)
    // Each that ends makes room for one that waits.
    const settled = webhooks.settled()
    for (let i = 0; i < 20; i++) {
      while (!ends[i]) await new Promise((resolve) => setImmediate(resolve))
      ends[i]?.()
    }
    await settled
    expect(ends).toHaveLength(20)
  })
})
