import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HighlightRequest, Reply } from '../../../src/client/code-highlighting/highlight.ts'
import {
  blockMs,
  Highlighter,
  loadMs,
  maxCodeLength,
  maxTimeouts,
} from '../../../src/client/code-highlighting/highlighter.ts'
import { FakeCodeWorker } from '../support/fake-code-worker.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Answers what it is asked as the test says. */
class Worker extends FakeCodeWorker {
  readonly asked: HighlightRequest[] = []

  override postMessage(question: HighlightRequest): void {
    this.asked.push(question)
  }

  reply(data: Reply): void {
    this.onmessage?.({ data })
  }

  colour(): void {
    this.reply('started')
    this.reply({ tokens: [this.asked.at(-1)?.code ?? ''] })
  }
}

function open() {
  const workers: Worker[] = []
  const openWorker = vi.fn(() => {
    const worker = new Worker()
    workers.push(worker)
    return worker as unknown as globalThis.Worker
  })
  const highlighter = new Highlighter(openWorker)
  const worker = () => workers.at(-1) ?? expect.unreachable('There must be a worker.')
  const asked = () => workers.flatMap(({ asked }) => asked.map(({ code }) => code))
  /** Lets the block that the worker has take too long. */
  const timeOut = async () => {
    worker().reply('started')
    await vi.advanceTimersByTimeAsync(blockMs)
  }
  return { highlighter, openWorker, workers, worker, asked, timeOut }
}

describe('slow code block', () => {
  it('stays plain, its worker ends, and the next block has a new worker (SECURITY-REVIEW 9)', async () => {
    const { highlighter, workers, worker, asked, timeOut } = open()
    const bad = highlighter.highlight('bad', 'cs')
    const good = highlighter.highlight('good', 'js')
    expect(asked()).toEqual(['bad'])
    await timeOut()
    expect(await bad).toBeUndefined()
    expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, false])
    worker().colour()
    expect(await good).toEqual(['good'])
  })
  it('is not tried again, under any name of its language (SECURITY-REVIEW 9)', async () => {
    const { highlighter, asked, timeOut } = open()
    const bad = highlighter.highlight('bad', 'cs')
    await timeOut()
    await bad
    expect(await highlighter.highlight('bad', 'cs')).toBeUndefined()
    expect(await highlighter.highlight('bad', 'CSharp')).toBeUndefined()
    expect(asked()).toEqual(['bad'])
  })
  it('costs its time once when many messages contain it (SECURITY-REVIEW 9)', async () => {
    const { highlighter, asked, timeOut } = open()
    const all = Promise.all(Array.from({ length: 10 }, () => highlighter.highlight('bad', 'c#')))
    await timeOut()
    expect(await all).toEqual(Array(10).fill(undefined))
    expect(asked()).toEqual(['bad'])
  })
  it('lets other languages and short blocks go first afterwards (SECURITY-REVIEW 9)', async () => {
    const { highlighter, worker, asked, timeOut } = open()
    const bad = [1, 2, 3].map((number) => highlighter.highlight(`a bad one ${number}`, 'cs'))
    const others = [
      highlighter.highlight('longer than any bad one', 'js'),
      highlighter.highlight('short', 'cs'),
      highlighter.highlight('shorter than that', 'ts'),
    ]
    await timeOut()
    for (const _ of others) {
      worker().colour()
      await vi.advanceTimersByTimeAsync(0)
    }
    await Promise.all(others)
    await timeOut()
    await timeOut()
    await Promise.all(bad)
    expect(asked()).toEqual([
      'a bad one 1',
      'shorter than that',
      'longer than any bad one',
      'short',
      'a bad one 2',
      'a bad one 3',
    ])
  })
  it('disables highlighting for its language when there are too many, and for no other (SECURITY-REVIEW 9)', async () => {
    const { highlighter, worker, asked, timeOut } = open()
    for (let number = 0; number < maxTimeouts; number++) {
      const bad = highlighter.highlight(`bad ${number}`, 'cs')
      await timeOut()
      await bad
    }
    expect(asked()).toHaveLength(maxTimeouts)
    expect(await highlighter.highlight('another', 'cs')).toBeUndefined()
    expect(asked()).toHaveLength(maxTimeouts)
    const good = highlighter.highlight('good', 'js')
    worker().colour()
    expect(await good).toEqual(['good'])
  })
  it('slow loading of a language does not count as a slow block (SECURITY-REVIEW 9)', async () => {
    const { highlighter, worker } = open()
    const slow = highlighter.highlight('slow line', 'js')
    await vi.advanceTimersByTimeAsync(loadMs - 1)
    worker().colour()
    expect(await slow).toEqual(['slow line'])
  })
})

describe('code block with a failing worker', () => {
  const failures: [string, (worker: Worker) => unknown][] = [
    ['cannot be fetched', (worker) => worker.onerror?.()],
    ['cannot fetch the language', (worker) => worker.reply('failed')],
    ['says nothing', () => vi.advanceTimersByTimeAsync(loadMs)],
  ]
  it.for(failures)('stays plain because it %s, and is tried again with another worker', async ([, fail]) => {
    const { highlighter, workers, worker } = open()
    const first = highlighter.highlight('a', 'js')
    await fail(worker())
    expect(await first).toBeUndefined()
    const second = highlighter.highlight('a', 'js')
    worker().colour()
    expect(await second).toEqual(['a'])
    expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true, false])
  })
  it('stays plain where there are no workers (SECURITY-REVIEW 9)', async () => {
    const highlighter = new Highlighter(() => undefined)
    expect(await Promise.all(['a', 'b'].map((code) => highlighter.highlight(code, 'js')))).toEqual([
      undefined,
      undefined,
    ])
  })
})

describe('highlighting worker', () => {
  it('receives one block at a time, and one worker answers all', async () => {
    const { highlighter, workers, worker, asked } = open()
    const all = ['a', 'bb', 'ccc'].map((code) => highlighter.highlight(code, 'js'))
    for (const [index, one] of all.entries()) {
      expect(asked()).toHaveLength(index + 1)
      worker().colour()
      await one
      await vi.advanceTimersByTimeAsync(0)
    }
    expect(workers).toHaveLength(1)
    expect(workers[0]?.isTerminated).toBe(false)
  })
  it('receives no block of an unknown language and no overlong block (SECURITY-REVIEW 9)', async () => {
    const { highlighter, openWorker } = open()
    for (const language of ['', 'elvish', '__proto__', 'constructor', '../core'])
      expect(await highlighter.highlight('a', language)).toBeUndefined()
    expect(await highlighter.highlight('a'.repeat(maxCodeLength + 1), 'js')).toBeUndefined()
    expect(openWorker).not.toHaveBeenCalled()
    void highlighter.highlight('a'.repeat(maxCodeLength), 'js')
    expect(openWorker).toHaveBeenCalledOnce()
  })
})
