import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/server/config.ts'
import { clientAddress, isSecure, unreadableClaim } from '../../src/server/http/client-address.ts'
import { ask } from './raw-request.ts'

function requestFrom(remoteAddress: string | undefined, headers: Record<string, string | string[]> = {}) {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage
}

function trust(proxies: string) {
  return readConfig({ TRUST_PROXY: proxies }).trustProxy
}

function addressOf(peer: string | undefined, forwardedFor: string | undefined, trusted = '') {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  return clientAddress(requestFrom(peer, headers), trust(trusted))
}

describe('client address', () => {
  it('is that of the connection, whatever an untrusted peer claims', () => {
    expect(addressOf('203.0.113.5', undefined)).toBe('203.0.113.5')
    expect(addressOf('203.0.113.5', '198.51.100.1')).toBe('203.0.113.5')
    expect(addressOf('127.0.0.1', '198.51.100.1')).toBe('127.0.0.1')
    expect(addressOf('203.0.113.5', '198.51.100.1', '127.0.0.1, 10.0.0.0/8')).toBe('203.0.113.5')
  })
  it('is the one that a trusted proxy names', () => {
    expect(addressOf('127.0.0.1', '198.51.100.1', '127.0.0.1')).toBe('198.51.100.1')
    expect(addressOf('10.7.7.7', '198.51.100.1', '10.0.0.0/8')).toBe('198.51.100.1')
    expect(addressOf('::1', '2001:db8::1', '::1')).toBe('2001:db8::1')
  })
  it('is the first from the right that is not a trusted proxy', () => {
    expect(addressOf('127.0.0.1', '198.51.100.1, 10.0.0.2, 10.0.0.1', '127.0.0.1, 10.0.0.0/8')).toBe('198.51.100.1')
    expect(addressOf('127.0.0.1', '198.51.100.1, 10.0.0.2, 10.0.0.1', '127.0.0.1, 10.0.0.1')).toBe('10.0.0.2')
    expect(addressOf('127.0.0.1', '198.51.100.1, 10.0.0.2, 10.0.0.1', '127.0.0.1')).toBe('10.0.0.1')
  })
  it('is never taken from what the client wrote further left', () => {
    expect(addressOf('127.0.0.1', '8.8.8.8, 198.51.100.1', '127.0.0.1')).toBe('198.51.100.1')
    expect(addressOf('127.0.0.1', '127.0.0.1, 198.51.100.1', '127.0.0.1')).toBe('198.51.100.1')
    expect(addressOf('127.0.0.1', '8.8.8.8, 127.0.0.1, 198.51.100.1, 10.0.0.1', '127.0.0.1, 10.0.0.1')).toBe(
      '198.51.100.1',
    )
  })
  it('is the last believable proxy when that one names no valid address', () => {
    for (const garbage of [
      '',
      ' ',
      ',',
      'unknown',
      '_hidden',
      '1.2.3',
      '1.2.3.4:',
      '1.2.3.4:567890',
      '1.2.3.4:x',
      '1.2.3.4%eth0',
      '2001:db8::1:99999',
      '[2001:db8::1',
      '[2001:db8::1]:',
      '[2001:db8::1]x',
      '[[2001:db8::1]]',
      '[1.2.3]',
      '"1.2.3.4',
      '"1.2.3.4, 5.6.7.8"',
      'for=1.2.3.4',
      '<script>',
      '8.8.8.8,',
      '8.8.8.8, x',
    ]) {
      expect(addressOf('127.0.0.1', garbage, '127.0.0.1'), garbage).toBe('127.0.0.1')
    }
    expect(addressOf('127.0.0.1', '8.8.8.8, x, 10.0.0.1', '127.0.0.1, 10.0.0.1')).toBe('10.0.0.1')
    expect(addressOf('127.0.0.1', undefined, '127.0.0.1')).toBe('127.0.0.1')
  })
  it('is a trusted proxy only when every hop is one', () => {
    expect(addressOf('127.0.0.1', '10.0.0.2, 10.0.0.1', '127.0.0.1, 10.0.0.0/8')).toBe('10.0.0.2')
  })
  it('is the same for a host in IPv4 and in IPv4-mapped IPv6', () => {
    expect(addressOf('::ffff:203.0.113.5', undefined)).toBe('203.0.113.5')
    expect(addressOf('::FFFF:203.0.113.5', undefined)).toBe('203.0.113.5')
    expect(addressOf('::ffff:127.0.0.1', '198.51.100.1', '127.0.0.1')).toBe('198.51.100.1')
    expect(addressOf('127.0.0.1', '::ffff:198.51.100.1', '127.0.0.1')).toBe('198.51.100.1')
    expect(addressOf('127.0.0.1', '198.51.100.1, ::ffff:10.0.0.1', '127.0.0.1, 10.0.0.0/8')).toBe('198.51.100.1')
    expect(addressOf('::ffff:203.0.113.5', '8.8.8.8', '127.0.0.1')).toBe('203.0.113.5')
  })
  it.for([
    ['203.0.113.9:4711', '203.0.113.9'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['"203.0.113.9"', '203.0.113.9'],
    ['"203.0.113.9:4711"', '203.0.113.9'],
    ['"[2001:db8::7]:4711"', '2001:db8::7'],
    ['2001:DB8:0:0::7', '2001:db8::7'],
    ['2001:0db8:0000:0000:0000:0000:0000:0007', '2001:db8::7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
    ['[fe80::1%wlan0.5]:80', 'fe80::1'],
    ['::ffff:cb00:7109', '203.0.113.9'],
    ['[::FFFF:203.0.113.9]:80', '203.0.113.9'],
    ['64:ff9b::203.0.113.9', '64:ff9b::cb00:7109'],
  ] as const)('is read from %s as %s (FAULTS 13)', ([claim, address]) => {
    expect(addressOf('127.0.0.1', claim, '127.0.0.1')).toBe(address)
    // Also of a proxy in between.
    expect(addressOf('127.0.0.1', `${claim}, 10.0.0.1:80`, '127.0.0.1, 10.0.0.1')).toBe(address)
  })
  it('is reported to the operator when a trusted proxy names none (FAULTS 13)', () => {
    const told = (peer: string, forwardedFor?: string) =>
      unreadableClaim(
        requestFrom(peer, forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }),
        trust('127.0.0.1, 10.0.0.1'),
      )
    expect(told('127.0.0.1', 'unknown')).toBe('unknown')
    expect(told('127.0.0.1', 'unknown, 10.0.0.1')).toBe('unknown')
    for (const readable of [undefined, '', '203.0.113.9', 'unknown, 203.0.113.9']) {
      expect(told('127.0.0.1', readable), readable).toBeUndefined()
    }
    expect(told('203.0.113.9', 'unknown')).toBeUndefined()
  })
  it('is read from several headers as from one', () => {
    const request = requestFrom('127.0.0.1', { 'x-forwarded-for': ['8.8.8.8', '198.51.100.1, 10.0.0.1'] })
    expect(clientAddress(request, trust('127.0.0.1, 10.0.0.1'))).toBe('198.51.100.1')
  })
  it('is empty after the connection has closed, and no header is trusted then', () => {
    expect(addressOf(undefined, '8.8.8.8', '0.0.0.0/0, ::/0')).toBe('')
  })
  it('is found for a request over a real connection', async (t) => {
    const trusted = trust('127.0.0.1')
    const server = createServer((request, response) => response.end(clientAddress(request, trusted)))
    t.onTestFinished(() => server.closeAllConnections())
    t.onTestFinished(() => void server.close())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const askAs = async (forwardedFor: string[]) =>
      (await ask(port, '/', { headers: { 'X-Forwarded-For': forwardedFor } })).body
    expect(await askAs([])).toBe('127.0.0.1')
    expect(await askAs(['8.8.8.8, 198.51.100.1'])).toBe('198.51.100.1')
    expect(await askAs(['198.51.100.1', '127.0.0.1'])).toBe('198.51.100.1')
  })
})

describe('https detection', () => {
  const secure = (peer: string, proto: string | undefined, trusted = '') =>
    isSecure(requestFrom(peer, proto === undefined ? {} : { 'x-forwarded-proto': proto }), trust(trusted))

  it('trusts a trusted proxy and no one else', () => {
    expect(secure('127.0.0.1', 'https', '127.0.0.1')).toBe(true)
    expect(secure('::ffff:127.0.0.1', 'https', '127.0.0.1')).toBe(true)
    expect(secure('127.0.0.1', 'https')).toBe(false)
    expect(secure('203.0.113.5', 'https', '127.0.0.1')).toBe(false)
  })
  it.for(['https', 'HTTPS', 'wss', 'WSS', ' https ', 'http, https', 'https, https', 'http,https', 'ws, wss'])(
    'recognises %j (FAULTS 12)',
    (proto) => expect(secure('127.0.0.1', proto, '127.0.0.1')).toBe(true),
  )
  it.for([undefined, '', 'http', 'HTTP', 'ws', 'https, http', 'wss, ws', 'https,', 'httpsx', 'https http', '"https"'])(
    'does not recognise %j (FAULTS 12)',
    (proto) => expect(secure('127.0.0.1', proto, '127.0.0.1')).toBe(false),
  )
  it('uses the scheme nearest to the client when the proxies name several (FAULTS 12)', () => {
    const through = (forwardedFor: string, proto: string) =>
      isSecure(
        requestFrom('127.0.0.1', { 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': proto }),
        trust('127.0.0.1, 10.0.0.1'),
      )
    // Each appends what it sees: the client speaks https to the first, and that http to the second.
    expect(through('203.0.113.9, 10.0.0.1', 'https, http')).toBe(true)
    expect(through('203.0.113.9, 10.0.0.1', 'http, https')).toBe(false)
    // The second passes on what the first says.
    expect(through('203.0.113.9, 10.0.0.1', 'https')).toBe(true)
    // What a client claims is further left.
    expect(through('203.0.113.9', 'https, http')).toBe(false)
    expect(through('10.0.0.1, 203.0.113.9', 'https, http')).toBe(false)
    expect(through('203.0.113.9, 10.0.0.1', 'https, http, http')).toBe(false)
  })
  it('accepts a connection that uses TLS itself', () => {
    const socket = new TLSSocket(new Socket())
    expect(isSecure({ socket, headers: {} } as unknown as IncomingMessage, trust(''))).toBe(true)
    socket.destroy()
  })
})
