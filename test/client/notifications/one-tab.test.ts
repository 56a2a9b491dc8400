import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { runInOneTab } from '../../../src/client/notifications/browser-notifications.ts'

/** The locks of a browser, which all of its tabs share. */
class FakeLocks {
  readonly #held = new Set<string>()

  async request(name: string, _: { ifAvailable: true }, use: (lock: object | null) => Promise<void> | undefined) {
    await Promise.resolve()
    if (this.#held.has(name)) return use(null)
    this.#held.add(name)
    await use({})
    this.#held.delete(name)
  }
}

describe('what one tab does for all', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('is done once, also when another tab is late by a minute', async () => {
    vi.stubGlobal('navigator', { locks: new FakeLocks() })
    const run = vi.fn()
    void runInOneTab('message tea 1', run)
    void runInOneTab('message tea 1', run)
    await vi.advanceTimersByTimeAsync(60_000)
    void runInOneTab('message tea 1', run)
    void runInOneTab('message tea 2', run)
    await vi.advanceTimersByTimeAsync(0)
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('is not reserved for ever', async () => {
    vi.stubGlobal('navigator', { locks: new FakeLocks() })
    const run = vi.fn()
    void runInOneTab('message tea 1', run)
    await vi.advanceTimersByTimeAsync(120_000)
    void runInOneTab('message tea 1', run)
    await vi.advanceTimersByTimeAsync(0)
    expect(run).toHaveBeenCalledTimes(2)
  })

  it('is done by every tab where there are no locks, or where they are forbidden', async () => {
    const run = vi.fn()
    vi.stubGlobal('navigator', {})
    await runInOneTab('message tea 1', run)
    vi.stubGlobal('navigator', { locks: { request: () => Promise.reject(new DOMException('no', 'SecurityError')) } })
    await runInOneTab('message tea 1', run)
    expect(run).toHaveBeenCalledTimes(2)
  })
})
