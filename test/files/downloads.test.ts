import { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, it, type TestContext, vi } from 'vitest'
import { Downloads, maxAsksASecond } from '../../src/server/http/files/downloads.ts'

function begin(t: TestContext) {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  t.onTestFinished(() => void vi.useRealTimers())
  const downloads = new Downloads()
  return {
    endUnless(mayHave: () => Promise<boolean>, of: string) {
      const [socket, content] = [new Socket(), new PassThrough()]
      downloads.endUnless(mayHave, of, socket, content)
      return { socket, content }
    },
    second: () => vi.advanceTimersByTimeAsync(1_000),
  }
}

it('downloads › are asked for in turn, at most 50 a second, and not after their end', async (t) => {
  const { endUnless, second } = begin(t)
  const asked: number[] = []
  const all = Array.from({ length: 60 }, (_, i) => endUnless(async () => asked.push(i) > 0 && i !== 3, String(i)))
  await second()
  expect(asked).toEqual(Array.from({ length: maxAsksASecond }, (_, i) => i))
  expect(all.flatMap(({ socket }, i) => (socket.destroyed ? i : []))).toEqual([3])
  for (const { content } of all.slice(0, 55)) content.destroy()
  await setImmediate()
  await second()
  expect(asked.slice(maxAsksASecond)).toEqual([55, 56, 57, 58, 59])
  for (const { content } of all) content.destroy()
  await setImmediate()
  await second()
  expect(asked).toHaveLength(maxAsksASecond + 5)
  expect(vi.getTimerCount()).toBe(0)
})

it('downloads › of one file by one reader cost one question, as the newest request asks it, and end together', async (t) => {
  const { endUnless, second } = begin(t)
  const asked: string[] = []
  const first = endUnless(async () => asked.push('first') < 0, 'Anna, tea.pdf')
  const last = endUnless(async () => asked.push('last') < 2, 'Anna, tea.pdf')
  const other = endUnless(async () => asked.push('other') > 0, 'Bo, tea.pdf')
  await second()
  expect(asked).toEqual(['last', 'other'])
  expect(first.socket.destroyed).toBe(false)
  await second()
  expect(asked).toEqual(['last', 'other', 'last', 'other'])
  expect([first, last, other].map(({ socket }) => socket.destroyed)).toEqual([true, true, false])
})

it('downloads › that end while they are asked for keep their connection, and so do those that nobody can be asked about', async (t) => {
  const { endUnless, second } = begin(t)
  const answer = Promise.withResolvers<boolean>()
  const ended = endUnless(() => answer.promise, 'ended')
  const unknown = endUnless(() => Promise.reject(new Error('The store cannot answer.')), 'unknown')
  await second()
  ended.content.destroy()
  await setImmediate()
  answer.resolve(false)
  await second()
  expect([ended, unknown].map(({ socket }) => socket.destroyed)).toEqual([false, false])
})
