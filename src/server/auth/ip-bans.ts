/** Banned address ranges: only admins can sign in from there. */
import { BlockList, isIP } from 'node:net'
import type { BannedRange, Store } from '../store/store.ts'

interface Banned {
  network: BlockList
  until: number
}

export class IpBans {
  readonly #store: Pick<Store['moderation'], 'bannedRanges'>
  #banned: Banned[] = []
  /** How many loads have begun, and which of them `#banned` comes from. */
  #begun = 0
  #loaded = 0

  constructor(store: Pick<Store['moderation'], 'bannedRanges'>) {
    this.#store = store
  }

  /** To be called at start and whenever they have changed. */
  async load(): Promise<void> {
    // Also ranges that seem to have expired: the clock may be wrong now, and right again before the next start.
    const load = ++this.#begun
    const ranges = await this.#store.bannedRanges(0)
    // One that began later has read what is newer.
    if (load < this.#loaded) return
    this.#loaded = load
    this.#banned = ranges.map(banned)
  }

  has(address: string): boolean {
    const version = isIP(address)
    if (!version || !this.#banned.length) return false
    const now = Date.now()
    const family = version === 4 ? 'ipv4' : 'ipv6'
    return this.#banned.some(({ network, until }) => until > now && network.check(address, family))
  }
}

/** Whether it is an address or a network like 203.0.113.0/24 that leaves others somewhere to come from. */
export function isRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (!version || rest.length) return false
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 8 && Number(bits) <= (version === 4 ? 32 : 128))
  )
}

/** One range for each device's address: itself, or, in IPv6, the /64 network. */
export function rangesOf(addresses: Iterable<string>): string[] {
  const ranges = [...addresses].filter((address) => isIP(address) && !isLoopback(address)).map(rangeOf)
  return [...new Set(ranges)]
}

function rangeOf(address: string): string {
  return isIP(address) === 4 ? address : `${address}/64`
}

/** Where a proxy is not named in TRUST_PROXY everybody comes from here. */
function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

function banned({ range, until }: BannedRange): Banned {
  const [address = '', bits] = range.split('/')
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  const network = new BlockList()
  network.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family)
  return { network, until }
}
