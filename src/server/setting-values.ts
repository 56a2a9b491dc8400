/** Values of settings, as people type them. */
import { BlockList, isIP } from 'node:net'

/** How many letters have to be changed, added or left out (Levenshtein). */
export function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1])
      next[j] = Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1)
    }
    row = next
  }
  return row[b.length] ?? 0
}

export function words(list: string): string[] {
  return list.split(/[\s,]+/).filter(Boolean)
}

export function originOf(text: string): string | undefined {
  const url = URL.parse(text)
  // A browser sends no wildcard, so one in a setting would quietly match nothing.
  const isOrigin = url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` && !url.host.includes('*')
  return isOrigin ? url.origin : undefined
}

/** As URLs write it, with its port if it names one. */
export function hostOf(text: string): string | undefined {
  // A port that a scheme would leave out is kept: it is the only one that is allowed then.
  const [, name = '', port = ''] = /^(.*?)(?::(\d{1,5}))?$/.exec(text) ?? []
  const url = URL.parse(`http://${name}/`)
  const isHost = url && url.href === `http://${url.hostname}/` && !name.includes('*') && Number(port || 1) <= 65_535
  return isHost ? `${url.hostname}${port && `:${Number(port)}`}` : undefined
}

export function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/')
  const version = isIP(address)
  if (!version || text.split('/').length > 2) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

export function networks(list: string[]): BlockList {
  const networks = new BlockList()
  for (const network of list) {
    const [address = '', bits] = network.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    networks.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family)
  }
  return networks
}
