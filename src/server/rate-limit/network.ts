import { isIPv6 } from 'node:net'

/**
 * The network to which limits apply: an IPv4 address itself, or the /64 of an IPv6 address, since one customer of a provider
 * has all of its 2^64 addresses (RFC 6177). An address that is mapped to IPv6 counts as the IPv4 address that it is.
 * @param address as `clientAddress` gives it @returns for example `203.0.113.9` or `2001:db8:0:7`
 */
export function networkOf(address: string): string {
  const ipv4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (ipv4) return ipv4
  if (!isIPv6(address)) return address
  const [before = '', after] = address.split('::')
  const left = groupsOf(before)
  const zeros = after === undefined ? 0 : 8 - left.length - groupsOf(after).length
  return [...left, ...Array(zeros).fill(0), ...groupsOf(after ?? '')]
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')
}

function groupsOf(part: string): number[] {
  return part ? part.split(':').map((group) => Number.parseInt(group, 16)) : []
}
