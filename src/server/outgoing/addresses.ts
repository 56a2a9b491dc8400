/** Where a webhook may be sent to: no address of this machine or of its networks, whatever name or notation it has. */
import { lookup } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

const maxUrlCharacters = 2_000
/** All that is assigned to the public Internet (https://www.iana.org/assignments/ipv6-unicast-address-assignments). */
const globalUnicast = ipaddr.parseCIDR('2000::/3')

/** Public by its number, and yet of the machine that a server runs on: the platform of Azure. */
const cloudAddresses: ReadonlySet<string> = new Set(['168.63.129.16'])

export interface Resolved {
  address: string
  family: number
}

/** Every address of a name. @throws Error when it has none */
export type Resolve = (name: string) => Promise<Resolved[]>

export class ForbiddenAddress extends Error {}

/** The URL of a webhook; undefined for what is none: only http and https, and nothing that would go into a header. */
export function webhookUrlOf(text: string): URL | undefined {
  const url = text.length <= maxUrlCharacters && text.isWellFormed() ? URL.parse(text.trim()) : null
  const isWebhook = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && url.hostname
  if (!isWebhook) return undefined
  url.hash = ''
  return url
}

/** Whether it is one of the public Internet. Forms that carry an IPv4 address are refused, whichever that is. */
export function isPublicAddress(address: string): boolean {
  if (!isIP(address) || address.includes('%')) return false
  if (cloudAddresses.has(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(globalUnicast)
}

/** The addresses that are allowed, and how names are resolved. */
export class WebhookHosts {
  readonly #allowed: ReadonlySet<string>
  readonly #resolve: Resolve

  /** @param allowed hosts, or hosts with a port, as URLs write them: to these a webhook may be sent wherever they are */
  constructor(allowed: readonly string[], resolve: Resolve = (name) => lookup(name, { all: true, order: 'verbatim' })) {
    this.#allowed = new Set(allowed)
    this.#resolve = resolve
  }

  isAllowed({ hostname, protocol, port }: URL): boolean {
    const usual = protocol === 'https:' ? '443' : '80'
    return this.#allowed.has(hostname) || this.#allowed.has(`${hostname}:${port || usual}`)
  }

  /** Whether the URL names an address, and that address is refused. A name is judged when it is connected to. */
  isRefused(url: URL): boolean {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    return !this.isAllowed(url) && isIP(host) !== 0 && !isPublicAddress(host)
  }

  /**
   * How a connection to the URL finds its address. The address that was checked is the one that is connected to, so a name that
   * changes its address in between (DNS rebinding) gains nothing. If one of several addresses is refused, the name is.
   */
  lookupFor(url: URL): LookupFunction {
    return (name, options, done) => {
      this.#resolve(name).then(
        (found) => {
          const [first] = found
          const isRefused = !this.isAllowed(url) && !found.every(({ address }) => isPublicAddress(address))
          if (!first || isRefused) return done(new ForbiddenAddress('The name has a private address.'), '', 4)
          if (options.all) done(null, found)
          else done(null, first.address, first.family)
        },
        (error) => done(error, '', 4),
      )
    }
  }
}
