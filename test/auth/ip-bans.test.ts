import { describe, expect, it } from 'vitest'
import { IpBans } from '../../src/server/auth/ip-bans.ts'
import type { BannedRange } from '../../src/server/store/store.ts'
import { forever } from '../../src/shared/durations.ts'

const range = { range: '203.0.113.0/24', until: forever }

/** Bans whose reads end when the test says so, each with its own result. */
function heldBans() {
  const reads: ((ranges: BannedRange[]) => void)[] = []
  const bans = new IpBans({ bannedRanges: () => new Promise((resolve) => reads.push(resolve)) })
  const [first, second] = [bans.load(), bans.load()]
  return { bans, first, second, end: (read: number, ranges: BannedRange[]) => reads[read]?.(ranges) }
}

describe('IP bans that are loaded twice at once', () => {
  it('are those of the load that began last, also when it ends first', async () => {
    const { bans, first, second, end } = heldBans()
    end(1, [range])
    await second
    end(0, [])
    await first
    expect(bans.has('203.0.113.7')).toBe(true)
  })
  it('are those of the first load until the second has ended', async () => {
    const { bans, first, second, end } = heldBans()
    end(0, [range])
    await first
    expect(bans.has('203.0.113.7')).toBe(true)
    end(1, [])
    await second
    expect(bans.has('203.0.113.7')).toBe(false)
  })
})
