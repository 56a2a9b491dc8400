import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../src/server/config.ts'
import { clientAddress, isSecure } from '../src/server/forwarded.ts'
import { ask } from './http/ask.ts'

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

describe("a client's address", () => {
  it("is the connection's own, whatever a peer that nobody trusts claims", () => {
    expect(addressOf('203.0.113.5', undefined)).toBe('203.0.113.5')
    expect(addressOf('203.0.113.5', '198.51.100.1')).toBe('203.0.113.5')
    expect(addressOf('127.0.0.1', '198.51.100.1')).toBe('127.0.0.1')
    expect(addressOf('203.0.113.5', '198.51.100.1', '127.0.0.1, 10.0.0.0/8')).toBe('203.0.113.5')
  })
  it('is what a trusted proxy says', () => {
    expect(addressOf('127.0.0.1', '198.51.100.1', '127.0.0.1')).toBe('198.51.100.1')
    expect(addressOf('10.7.7.7', '198.51.100.1', '10.0.0.0/8')).toBe('198.51.100.1')
    expect(addressOf('::1', '2001:db8::1', '::1')).toBe('2001:db8::1')
  })
  it('is the first one from the right that is no trusted proxy', () => {
    expect(addressOf('127.0.0.1', '198.51.100.1, 10.0.0.2, 10.0.0.1', '127.0.0.1, 10.0.0.0/8')).toBe('198.51.100.1')
    expect(addressOf('127.0.0.1', '198.51.100.1, 10.0.0.2, 10.0.0.1', '127.0.0.1, 10.0.0.1')).toBe('10.0.0.2')
    expect(addressOf('127.0.0.1', '198.51.100.1, 10.0.0.2, 10.0.0.1', '127.0.0.1')).toBe('10.0.0.1')
  })
  it('is never what the client itself wrote to the left of that', () => {
    expect(addressOf('127.0.0.1', '8.8.8.8, 198.51.100.1', '127.0.0.1')).toBe('198.51.100.1')
    expect(addressOf('127.0.0.1', '127.0.0.1, 198.51.100.1', '127.0.0.1')).toBe('198.51.100.1')
    expect(addressOf('127.0.0.1', '8.8.8.8, 127.0.0.1, 198.51.100.1, 10.0.0.1', '127.0.0.1, 10.0.0.1')).toBe(
      '198.51.100.1',
    )
  })
  it('is the last proxy that could be believed when what it says is no address', () => {
    for (const garbage of [
      '',
      ' ',
      ',',
      'unknown',
      '_hidden',
      '1.2.3',
      '1.2.3.4:5678',
      '[2001:db8::1]',
      '<script>',
      '8.8.8.8,',
      '8.8.8.8, x',
    ]) {
      expect(addressOf('127.0.0.1', garbage, '127.0.0.1'), garbage).toBe('127.0.0.1')
    }
    expect(addressOf('127.0.0.1', '8.8.8.8, x, 10.0.0.1', '127.0.0.1, 10.0.0.1')).toBe('10.0.0.1')
    expect(addressOf('127.0.0.1', undefined, '127.0.0.1')).toBe('127.0.0.1')
  })
  it('is a trusted one when there are only such', () => {
    expect(addressOf('127.0.0.1', '10.0.0.2, 10.0.0.1', '127.0.0.1, 10.0.0.0/8')).toBe('10.0.0.2')
  })
  it('is the same for one host whether it is mapped into IPv6 or not', () => {
    expect(addressOf('::ffff:203.0.113.5', undefined)).toBe('203.0.113.5')
    expect(addressOf('::FFFF:203.0.113.5', undefined)).toBe('203.0.113.5')
    expect(addressOf('::ffff:127.0.0.1', '198.51.100.1', '127.0.0.1')).toBe('198.51.100.1')
    expect(addressOf('127.0.0.1', '::ffff:198.51.100.1', '127.0.0.1')).toBe('198.51.100.1')
    expect(addressOf('127.0.0.1', '198.51.100.1, ::ffff:10.0.0.1', '127.0.0.1, 10.0.0.0/8')).toBe('198.51.100.1')
    expect(addressOf('::ffff:203.0.113.5', '8.8.8.8', '127.0.0.1')).toBe('203.0.113.5')
  })
  it('is read out of several headers as out of one', () => {
    const request = requestFrom('127.0.0.1', { 'x-forwarded-for': ['8.8.8.8', '198.51.100.1, 10.0.0.1'] })
    expect(clientAddress(request, trust('127.0.0.1, 10.0.0.1'))).toBe('198.51.100.1')
  })
  it('is empty when the connection has gone, and nobody is believed then', () => {
    expect(addressOf(undefined, '8.8.8.8', '0.0.0.0/0, ::/0')).toBe('')
  })
  it('is found for a request that came over the wire', async (t) => {
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

describe('https', () => {
  const secure = (peer: string, proto: string | undefined, trusted = '') =>
    isSecure(requestFrom(peer, proto === undefined ? {} : { 'x-forwarded-proto': proto }), trust(trusted))

  it('is believed of a trusted proxy, and of nobody else', () => {
    expect(secure('127.0.0.1', 'https', '127.0.0.1')).toBe(true)
    expect(secure('::ffff:127.0.0.1', 'https', '127.0.0.1')).toBe(true)
    expect(secure('127.0.0.1', 'https')).toBe(false)
    expect(secure('203.0.113.5', 'https', '127.0.0.1')).toBe(false)
  })
  it('is what the proxy must say, alone', () => {
    for (const proto of [undefined, '', 'http', 'HTTPS', 'https, http', 'http, https', 'https,', 'wss', 'httpsx']) {
      expect(secure('127.0.0.1', proto, '127.0.0.1'), proto).toBe(false)
    }
  })
  it('is a connection that speaks TLS itself', () => {
    const socket = new TLSSocket(new Socket())
    expect(isSecure({ socket, headers: {} } as unknown as IncomingMessage, trust(''))).toBe(true)
    socket.destroy()
  })
})
