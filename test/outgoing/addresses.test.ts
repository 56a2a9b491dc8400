/** Which addresses a webhook may be sent to, in every notation. */
import { describe, expect, it } from 'vitest'
import { ForbiddenAddress, isPublicAddress, WebhookHosts, webhookUrlOf } from '../../src/server/outgoing/addresses.ts'

/** As a URL has them: each names an address that is not of the public Internet. */
const privateHosts = [
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1', '017700000001'],
  ...[
    '127.255.255.254',
    '0',
    '0.0.0.0',
    '0x0',
    '00',
    '0.1.2.3',
    '10.0.0.1',
    '10.255.255.255',
    '167772161',
    '012.0.0.1',
  ],
  ...['172.16.0.1', '172.31.255.255', '192.168.0.1', '0xc0a80001', '3232235521', '192.168.257', '192.11010049'],
  ...['169.254.169.254', '0xa9fea9fe', '2852039166', '169.254.43518', '100.64.0.1', '100.127.255.255', '192.0.0.1'],
  ...['192.0.0.170', '192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '198.19.255.255', '192.88.99.1'],
  ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '4294967295', '127.0.0.1.', '１２７.0.0.1'],
  ...['①②⑦.0.0.1', '127。0。0。1', '%31%32%37.0.0.1'],
  ...['[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:a00:1]', '[::127.0.0.1]'],
  ...['[::ffff:8.8.8.8]', '[::ffff:0:127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b::8.8.8.8]', '[64:ff9b:1::1]'],
  ...['[2002:7f00:1::1]', '[2002:a00:1::]', '[2001:0:7f00:1::]', '[fe80::1]', '[febf::1]', '[fec0::1]', '[fc00::1]'],
  ...['[fd12:3456:789a::1]', '[ff02::1]', '[ff0e::1]', '[100::1]', '[2001:db8::1]', '[2001:10::1]', '[2001:20::1]'],
  ...['[2001:2::1]', '[3fff::1]', '[5f00::1]', '[4000::1]', '[::2]'],
]
const publicHosts = [
  '8.8.8.8',
  '1.1.1.1',
  '93.184.216.34',
  '134744072',
  '172.32.0.1',
  '100.128.0.1',
  '[2001:4860:4860::8888]',
  '[2606:4700::1111]',
]

const urlOf = (host: string) => webhookUrlOf(`http://${host}/x`) as URL

/** What a connection to the URL does with the addresses that its name has. */
function lookUp(hosts: WebhookHosts, url: URL, all = true): Promise<unknown> {
  return new Promise((resolve, reject) => {
    hosts.lookupFor(url)(url.hostname, { all }, (error, found) => (error ? reject(error) : resolve(found)))
  })
}

const resolvingTo = (...addresses: string[]) => {
  return async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
}

describe('address of a webhook', () => {
  const hosts = new WebhookHosts([])

  it('has at least 60 private forms to be refused', () => {
    expect(new Set(privateHosts).size).toBeGreaterThanOrEqual(60)
  })
  it.for(privateHosts)('is refused as %s', (host) => {
    expect(hosts.isRefused(urlOf(host))).toBe(true)
  })
  it.for(publicHosts)('is allowed as %s', (host) => {
    expect(hosts.isRefused(urlOf(host))).toBe(false)
  })
  it.for(privateHosts)('is refused for a name that resolves to %s', async (host) => {
    const address = urlOf(host)
      .hostname.replace(/^\[|\]$/g, '')
      .replace(/\.$/, '')
    const url = new URL('http://hooks.example/')
    await expect(lookUp(new WebhookHosts([], resolvingTo(address)), url)).rejects.toThrow(ForbiddenAddress)
  })
  it.for(['fe80::1%eth0', '2606:4700::1%lo', '', 'localhost', '8.8.8.8/0', '8.8.8', ' 8.8.8.8'])(
    'is refused for a resolver that answers %j',
    (address) => {
      expect(isPublicAddress(address)).toBe(false)
    },
  )
  it('is refused for a name of which one address is private, and for a name without any', async () => {
    const url = new URL('http://hooks.example/')
    await expect(lookUp(new WebhookHosts([], resolvingTo('8.8.8.8', '10.0.0.1')), url)).rejects.toThrow(
      ForbiddenAddress,
    )
    await expect(lookUp(new WebhookHosts([], resolvingTo()), url)).rejects.toThrow(ForbiddenAddress)
    const found = [{ address: '8.8.8.8', family: 4 }]
    expect(await lookUp(new WebhookHosts([], resolvingTo('8.8.8.8')), url)).toEqual(found)
    expect(await lookUp(new WebhookHosts([], resolvingTo('8.8.8.8')), url, false)).toBe('8.8.8.8')
  })
  it('is the one that was checked: a name is resolved once for a connection (DNS rebinding)', async () => {
    const answers = ['8.8.8.8', '127.0.0.1']
    const rebinding = new WebhookHosts([], async () => [{ address: answers.shift() ?? '', family: 4 }])
    const url = new URL('http://hooks.example/')
    expect(await lookUp(rebinding, url)).toEqual([{ address: '8.8.8.8', family: 4 }])
    expect(answers, 'the second address was not asked for').toEqual(['127.0.0.1'])
    await expect(lookUp(rebinding, url)).rejects.toThrow(ForbiddenAddress)
  })
  it('is allowed by its host, or by its host and port, and no other', async () => {
    const own = new WebhookHosts(['127.0.0.1:9000', 'hooks.lan', '[::1]:443'], resolvingTo('192.168.0.5'))
    const refused = (url: string) => own.isRefused(new URL(url))
    expect(refused('http://127.0.0.1:9000/')).toBe(false)
    expect(refused('http://127.0.0.1:9001/')).toBe(true)
    expect(refused('http://127.0.0.1/')).toBe(true)
    expect(refused('http://127.0.0.2:9000/')).toBe(true)
    expect([refused('https://[::1]/'), refused('http://[::1]/')]).toEqual([false, true])
    expect(await lookUp(own, new URL('http://hooks.lan:81/'))).toHaveLength(1)
    await expect(lookUp(own, new URL('http://other.lan/'))).rejects.toThrow(ForbiddenAddress)
    await expect(lookUp(own, new URL('http://hooks.lan.example/'))).rejects.toThrow(ForbiddenAddress)
  })
})

describe('URL of a webhook', () => {
  it.for([
    ...['', 'x', 'ftp://hooks.example/', 'file:///etc/passwd', 'gopher://hooks.example/', 'javascript:alert(1)'],
    ...[
      'https://user@hooks.example/',
      'https://user:pass@hooks.example/',
      'https://:pass@hooks.example/',
      '//hooks.example',
    ],
    ...[
      'unix:/run/x.sock',
      'data:text/plain,x',
      'ws://hooks.example/',
      'http://',
      'https://[::1',
      'http://a b/',
      '/hook',
    ],
    `https://hooks.example/${'x'.repeat(2_000)}`,
  ])('is not %j', (url) => {
    expect(webhookUrlOf(url)).toBeUndefined()
  })
  it('puts nothing into a header but what a URL can have', () => {
    for (const text of ['http://hooks.example/a\r\nX-Evil: 1', 'http://hooks.example/?a\nb', 'http://hooks.exam\tple/'])
      expect(webhookUrlOf(text)?.href ?? '').not.toMatch(/[\r\n\t]/)
    expect(webhookUrlOf('https://hooks.example:8443/a?b=c#d')?.href).toBe('https://hooks.example:8443/a?b=c')
  })
})
