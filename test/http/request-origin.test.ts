import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/server/config.ts'
import { faultInHost, isSameOrigin, ownOrigin } from '../../src/server/http/request-origin.ts'
import { foreignOrigins as foreign, host } from '../attack/http/origins.ts'

const own = `http://${host}`

type Headers = Record<string, string | string[] | undefined>

/** As Node reads it: the first of several, and all of them beside. */
function request(headers: Headers, remoteAddress = '203.0.113.5') {
  const given = Object.entries({ host, ...headers }).filter(([, value]) => value !== undefined)
  const all = given.map(([name, value]) => [name, [value].flat()] as const)
  return {
    headers: Object.fromEntries(all.map(([name, [first]]) => [name, first])),
    headersDistinct: Object.fromEntries(all),
    httpVersion: '1.1',
    socket: { remoteAddress },
  } as unknown as IncomingMessage
}

const letsIn = (
  headers: Record<string, string | undefined>,
  settings: Record<string, string> = {},
  remoteAddress?: string,
) => isSameOrigin(request(headers, remoteAddress), readConfig(settings))

describe('Origin', () => {
  it('accepts our own origin', () => {
    expect(letsIn({ origin: own })).toBe(true)
  })
  it('accepts a missing origin, which no browser sends for this', () => {
    expect(letsIn({})).toBe(true)
    expect(letsIn({}, { PUBLIC_ORIGIN: 'https://chat.example.org' })).toBe(true)
    expect(letsIn({ host: undefined })).toBe(true)
  })
  it('has at least 60 distinct foreign spellings in this test', () => {
    expect(new Set(foreign).size).toBe(foreign.length)
    expect(foreign.length).toBeGreaterThanOrEqual(60)
    expect(foreign).not.toContain(own)
  })
  it.for(foreign)('refuses %j', (origin) => {
    expect(letsIn({ origin })).toBe(false)
    expect(letsIn({ origin, 'sec-fetch-site': 'same-origin' })).toBe(false)
    expect(letsIn({ origin }, { ALLOWED_ORIGINS: 'https://club.example' })).toBe(false)
    expect(letsIn({ origin, host: 'chat.example.org:3000', 'x-forwarded-host': 'evil.example' })).toBe(false)
  })

  const ownByHost: [host: string, origin: string, others: string[]][] = [
    [
      'localhost:3000',
      'http://localhost:3000',
      ['http://127.0.0.1:3000', 'http://localhost', 'https://localhost:3000'],
    ],
    [
      '127.0.0.1:3000',
      'http://127.0.0.1:3000',
      ['http://localhost:3000', 'http://127.0.0.2:3000', 'http://127.1:3000'],
    ],
    [
      '[::1]:3000',
      'http://[::1]:3000',
      ['http://::1:3000', 'http://[::2]:3000', 'http://[::1]', 'http://[0:0:0:0:0:0:0:1]:3000'],
    ],
    ['[2001:DB8::0:1]', 'http://[2001:db8::1]', ['http://[2001:db8::2]', 'http://[2001:DB8::0:1]']],
    ['chat.example.org', 'http://chat.example.org', ['http://chat.example.org:80', 'http://chat.example.org:8080']],
    ['chat.example.org:80', 'http://chat.example.org', ['http://chat.example.org:80']],
    ['Chat.Example.ORG', 'http://chat.example.org', ['http://Chat.Example.ORG']],
    ['chat.example.org.', 'http://chat.example.org.', ['http://chat.example.org']],
    ['xn--cl1ay07b.example', 'http://xn--cl1ay07b.example', ['http://茶馆.example']],
  ]
  it.for(ownByHost)('at the host %s is %s', ([at, origin, others]) => {
    expect(letsIn({ host: at, origin })).toBe(true)
    for (const other of others) expect(letsIn({ host: at, origin: other }), other).toBe(false)
  })
  it.for([
    undefined,
    '',
    'evil.example/',
    'evil.example#',
    'evil.example?',
    'me@evil.example',
    'evil.example\\',
    'a b',
    'x:99999',
    '[::1',
    '茶.example',
    'a,b',
  ])('is never our own at %j, which is not a valid host', (at) => {
    expect(ownOrigin(request({ host: at }), readConfig({}))).toBeUndefined()
    for (const origin of ['http://evil.example', 'null', 'undefined', 'http://', '', `http://${at}`]) {
      expect(letsIn({ host: at, origin }), origin).toBe(false)
    }
  })
  it('requires https only when the client uses it', () => {
    const behindProxy = { TRUST_PROXY: '203.0.113.5' }
    const https = { host: 'chat.example.org', origin: 'https://chat.example.org', 'x-forwarded-proto': 'https' }
    expect(letsIn(https, behindProxy)).toBe(true)
    expect(letsIn({ ...https, origin: 'http://chat.example.org' }, behindProxy)).toBe(false)
    expect(letsIn({ ...https, 'x-forwarded-proto': 'http' }, behindProxy)).toBe(false)
    expect(letsIn(https, behindProxy, '203.0.113.6'), 'a peer that is not trusted').toBe(false)
  })
})

describe('Sec-Fetch-Site', () => {
  it('accepts our own pages and requests started by the user', () => {
    for (const site of ['same-origin', 'none']) {
      expect(letsIn({ 'sec-fetch-site': site }), site).toBe(true)
      expect(letsIn({ 'sec-fetch-site': site, origin: own }), site).toBe(true)
    }
  })
  it('refuses other sites, even without an origin, and unknown values', () => {
    for (const site of ['cross-site', 'same-site', '', 'Same-Origin', 'same-origin, cross-site', 'nonsense', 'null']) {
      expect(letsIn({ 'sec-fetch-site': site }), site).toBe(false)
      expect(letsIn({ 'sec-fetch-site': site, origin: own }), site).toBe(false)
    }
  })
  it('does not make a foreign origin acceptable', () => {
    for (const site of ['same-origin', 'none']) {
      expect(letsIn({ 'sec-fetch-site': site, origin: 'http://evil.example' })).toBe(false)
      expect(letsIn({ 'sec-fetch-site': site, origin: 'null' })).toBe(false)
    }
  })
})

describe('ALLOWED_ORIGINS', () => {
  const settings = { ALLOWED_ORIGINS: 'https://club.example, http://localhost:5173' }
  it('accepts the listed origins beside our own, from any site', () => {
    for (const origin of ['https://club.example', 'http://localhost:5173']) {
      expect(letsIn({ origin }), 'not unless it is set').toBe(false)
      expect(letsIn({ origin }, settings)).toBe(true)
      expect(letsIn({ origin, 'sec-fetch-site': 'cross-site' }, settings)).toBe(true)
    }
    expect(letsIn({ origin: own }, settings)).toBe(true)
  })
  it('refuses origins that only resemble the listed ones', () => {
    for (const origin of [
      'http://club.example',
      'https://club.example:444',
      'https://club.example/',
      'https://www.club.example',
      'https://club.example.evil.example',
      'https://evilclub.example',
      'https://CLUB.example',
      'https://club.example, http://localhost:5173',
      'http://localhost',
      'null',
    ]) {
      expect(letsIn({ origin }, settings), origin).toBe(false)
    }
    expect(letsIn({ 'sec-fetch-site': 'cross-site' }, settings), 'without an origin').toBe(false)
  })
})

describe('PUBLIC_ORIGIN', () => {
  const settings = { PUBLIC_ORIGIN: 'https://tea.example/' }
  it('is our origin, whatever the host and the proxy say', () => {
    expect(letsIn({ origin: 'https://tea.example' }, settings)).toBe(true)
    expect(letsIn({ origin: 'https://tea.example', host: 'evil.example' }, settings)).toBe(true)
    expect(letsIn({ origin: 'https://tea.example', host: undefined }, settings)).toBe(true)
    expect(ownOrigin(request({ host: 'evil.example' }), readConfig(settings))).toBe('https://tea.example')
  })
  it('is the only accepted origin', () => {
    for (const origin of [own, 'http://tea.example', 'https://tea.example:8443', 'https://www.tea.example', 'null']) {
      expect(letsIn({ origin }, settings), origin).toBe(false)
    }
  })
})

describe('Host', () => {
  const fault = (host: string | string[] | undefined, settings: Record<string, string> = {}) =>
    faultInHost(request({ host }), readConfig(settings))
  const ours = { PUBLIC_ORIGIN: 'https://tea.example:8443', ALLOWED_ORIGINS: 'http://tea.lan' }

  it('is accepted whatever it is while no public origin is set', () => {
    for (const any of ['tea.example', 'evil.example', '127.0.0.1:3000', '[::1]'])
      expect(fault(any), any).toBeUndefined()
  })
  it('is accepted for the public origin and the allowed ones, at any port', () => {
    for (const named of ['tea.example', 'tea.example:8443', 'tea.example:3000', 'TEA.example', 'tea.lan']) {
      expect(fault(named, ours), named).toBeUndefined()
    }
  })
  it('is accepted for IP addresses and localhost, which no foreign page can use as a name', () => {
    for (const bare of ['127.0.0.1', '10.1.2.3:3000', '[::1]:3000', '[2001:db8::1]', 'localhost', 'localhost:3000']) {
      expect(fault(bare, ours), bare).toBeUndefined()
    }
  })
  it.for([
    'evil.example',
    'tea.example.evil.example',
    'eviltea.example',
    'www.tea.example',
    'example',
    'tea.example.',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'teahouse',
  ])('%j belongs to another site', (foreign) => {
    expect(fault(foreign, ours)).toBe(421)
  })
  it.for([undefined, '', ' ', 'a b', 'a,b', 'me@tea.example', 'tea.example/', 'tea.example:99999', '[::1', '[tea]'])(
    '%j is not valid',
    (none) => {
      expect(fault(none, ours)).toBe(400)
      expect(fault(none)).toBe(400)
    },
  )
  it('is refused when sent twice, even with the same value', () => {
    expect(fault(['tea.example', 'evil.example'], ours)).toBe(400)
    expect(fault(['tea.example', 'tea.example'], ours)).toBe(400)
  })
  it('may be missing in HTTP/1.0', () => {
    const old = Object.assign(request({ host: undefined }), { httpVersion: '1.0' })
    expect(faultInHost(old, readConfig(ours))).toBeUndefined()
    const named = Object.assign(request({ host: 'evil.example' }), { httpVersion: '1.0' })
    expect(faultInHost(named, readConfig(ours))).toBe(421)
  })
})
