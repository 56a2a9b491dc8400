import { expect, it } from 'vitest'
import { indexOlder } from '../src/server/index-older.ts'

function searchWith(left: number) {
  const calls: number[] = []
  const search = {
    progress: async () => ({ total: 500, left }),
    indexOlder: async () => {
      left = Math.max(0, left - 100)
      calls.push(left)
      return { total: 500, left }
    },
  }
  return { calls, store: { search } as unknown as Parameters<typeof indexOlder>[0] }
}

it('indexing of older messages › indexes older messages piece by piece to the end, and writes nothing when there are none', async () => {
  const { calls, store } = searchWith(250)
  await indexOlder(store, new AbortController().signal)
  expect(calls).toEqual([150, 50, 0])
  await indexOlder(store, new AbortController().signal)
  expect(calls).toHaveLength(3)
})

it('indexing of older messages › ends when it is stopped', async () => {
  const { calls, store } = searchWith(Number.MAX_SAFE_INTEGER)
  const stopping = new AbortController()
  const indexing = indexOlder(store, stopping.signal)
  stopping.abort()
  await indexing
  expect(calls.length).toBeLessThanOrEqual(1)
})
