import { describe, expect, it } from 'vitest'
import { parseMetricsAccess, shownMetrics } from '../../src/server/metrics/access.ts'

const token = 'b5d0c1b9a8f74e21'

describe('METRICS', () => {
  it.for(['127.0.0.1', '10.0.0.0/8', '10.0.0.0/8, fd00::/8 192.168.1.5'])('%j names networks', (text) => {
    expect(parseMetricsAccess(text)?.type).toBe('networks')
  })
  it.for([
    '70000',
    '10.0.0.5:70000',
    ':9090',
    '[127.0.0.1]:9090',
    '10.0.0.0/33',
    '300.300.300.300/8',
    'fd00:1234:5678:9abc:/64',
    'on',
    'short',
    'fifteen-letters',
    'with space in the middle',
    `${'a'.repeat(513)}`,
    '密码密码密码密码密码密码密码密码',
    'abcdefghijklmnop\n',
  ])('%j is neither an address, a port nor a token', (text) => {
    expect(parseMetricsAccess(text)).toBeUndefined()
  })
  it('shows everything but the token', () => {
    const shown = ['10.0.0.0/8', '9090', token].map((text) => {
      const access = parseMetricsAccess(text)
      return access && shownMetrics(access)
    })
    expect(shown).toEqual([
      { type: 'networks', networks: ['Subnet: IPv4 10.0.0.0/8'] },
      { type: 'port', host: '127.0.0.1', port: 9090 },
      { type: 'token' },
    ])
  })
})
