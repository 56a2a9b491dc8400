import { expect, it, vi } from 'vitest'
import { Leadership } from '../../src/server/cluster/leadership.ts'

function newWork() {
  const did: string[] = []
  return { did, start: async () => void did.push('start'), stop: async () => void did.push('stop') }
}

it('work for all nodes begins when this node leads, and ends when it does not any more', async () => {
  const leadership = new Leadership(vi.fn())
  const work = newWork()
  await leadership.lead(work)
  expect(work.did).toEqual([])
  leadership.change(true)
  leadership.change(true)
  leadership.change(false)
  leadership.change(true)
  expect(leadership.leads).toBe(true)
  await leadership.close()
  expect(work.did).toEqual(['start', 'stop', 'start', 'stop'])
  leadership.change(true)
  await leadership.close()
  expect(work.did).toHaveLength(4)
})
it('work that cannot begin is told of, and does not keep the next from it', async () => {
  const failed = vi.fn()
  const leadership = new Leadership(failed)
  const work = newWork()
  leadership.change(true)
  await leadership.lead({ ...work, start: async () => Promise.reject(new Error('no')) })
  expect(failed).toHaveBeenCalledExactlyOnceWith(new Error('no'))
  await leadership.close()
  expect(work.did).toEqual(['stop'])
})
