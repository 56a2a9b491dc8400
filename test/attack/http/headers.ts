/** The headers that every response of the server must have. */
import type { RawAnswer } from './raw.ts'

const exactly: Readonly<Record<string, RegExp>> = {
  'x-content-type-options': /^nosniff$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
  // The address of a link is not even told to our own files.
  'referrer-policy': /^(same|strict)-origin$/,
}
const directives = ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]
const sources = /^('none'|'self'|'script'|vue|worker|wss?:\/\/[\w.:[\]-]+)$/
const mayRepeat = ['set-cookie']

/** What is wrong with the head of an answer, each in a few words. */
export function faultsInHead({ status, headers, body }: RawAnswer): string[] {
  const all = Map.groupBy(headers, ([name]) => name)
  const valueIn = (name: string) => all.get(name)?.[0]?.[1]
  const repeated = [...all].filter(([name, lines]) => lines.length > 1 && !mayRepeat.includes(name))
  const wrong = Object.entries(exactly).filter(([name, value]) => !value.test(valueIn(name) ?? ''))
  return [
    ...repeated.map(([name]) => `${name} comes ${all.get(name)?.length} times`),
    ...wrong.map(([name]) => `${name} is ${valueIn(name)}`),
    ...faultsInPolicy(valueIn('content-security-policy') ?? ''),
    ...faultsInCaching(valueIn('cache-control'), valueIn('etag') !== undefined || status === 304),
    ...(valueIn('permissions-policy')?.includes('camera=()') ? [] : ['permissions-policy allows the camera']),
    ...(body && !valueIn('content-type') ? ['a body without a type'] : []),
    ...[...all.keys()].filter((name) => /^(x-powered-by|server|access-control-.*)$/.test(name)),
    ...faultsInCookies(all.get('set-cookie') ?? []),
  ]
}

function faultsInPolicy(policy: string): string[] {
  const parts = policy.split('; ')
  const missing = directives.filter((directive) => !parts.includes(directive))
  const loose = parts.flatMap((part) => part.split(' ').slice(1)).filter((source) => !sources.test(source))
  return [...missing.map((directive) => `no ${directive}`), ...loose.map((source) => `the policy allows ${source}`)]
}

/** Files may be kept, and nothing else: a page is of one person. */
function faultsInCaching(value: string | undefined, isFile: boolean): string[] {
  const isRight = isFile ? value?.startsWith('public, max-age=') : value === 'no-store'
  return isRight ? [] : [`cache-control is ${value}`]
}

function faultsInCookies(lines: [string, string][]): string[] {
  // An empty one takes it back.
  const identities = lines.map(([, line]) => line).filter((line) => /^session-\d+=[^;]/.test(line))
  return identities.filter((line) => !/; samesite=lax(;|$)/i.test(line) || !/; httponly(;|$)/i.test(line))
}
