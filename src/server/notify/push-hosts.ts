/** To which addresses notifications are pushed: those of the services that browsers use, and of the operator's choice. */
import { WebhookHosts } from '../outgoing/addresses.ts'

/** A name, or the end of a name. */
const knownHosts = [
  'fcm.googleapis.com',
  '.push.services.mozilla.com',
  '.push.apple.com',
  '.notify.windows.com',
] as const

export class PushHosts {
  /** What may be connected to, wherever it is: the operator's. Everything else has to be public. */
  readonly addresses: WebhookHosts

  /** @param allowed hosts, or hosts with a port, as URLs write them */
  constructor(allowed: readonly string[]) {
    this.addresses = new WebhookHosts(allowed)
  }

  /** Whether it belongs to a known push service, or to one that the operator allows. */
  isKnown(endpoint: string): boolean {
    const url = URL.parse(endpoint)
    if (!url || url.username || url.password || url.hash) return false
    if (this.addresses.isAllowed(url)) return url.protocol === 'https:' || url.protocol === 'http:'
    const { protocol, hostname, port } = url
    const isOfService = knownHosts.some((known) => isOf(hostname, known))
    return protocol === 'https:' && port === '' && isOfService
  }
}

/** What is slow or fails together: a service has many hosts, and anybody can make up others. */
export function serviceOf(endpoint: string): string {
  const { host, hostname } = new URL(endpoint)
  return knownHosts.find((known) => isOf(hostname, known)) ?? host
}

function isOf(hostname: string, known: string): boolean {
  return known.startsWith('.') ? hostname.endsWith(known) : hostname === known
}

/** Safari takes a subscription away whose worker shows nothing. */
export function mustShowSomething(endpoint: string): boolean {
  return URL.parse(endpoint)?.hostname.endsWith('.push.apple.com') === true
}
