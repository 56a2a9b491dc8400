import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Config, ConfigError, readConfig, shownSettings } from '../src/server/config.ts'
import { settingsIn } from '../src/server/dot-env.ts'

type Good = [variable: string, value: string, setting: keyof Config, expected: unknown]

const good: Good[] = [
  ['PORT', '0', 'port', 0],
  ['PORT', '8080', 'port', 8080],
  ['PORT', '65535', 'port', 65_535],
  ['HOST', '0.0.0.0', 'host', '0.0.0.0'],
  ['HOST', '::1', 'host', '::1'],
  ['DATA_DIR', '/var/lib/teahouse', 'dataDir', '/var/lib/teahouse'],
  ['DATA_DIR', 'somewhere/else', 'dataDir', resolve('somewhere/else')],
  ['DATA_DIR', '/茶 馆/data', 'dataDir', '/茶 馆/data'],
  ['PUBLIC_ORIGIN', 'https://chat.example.org', 'publicOrigin', 'https://chat.example.org'],
  ['PUBLIC_ORIGIN', 'http://localhost:3000', 'publicOrigin', 'http://localhost:3000'],
  ['PUBLIC_ORIGIN', 'https://Chat.Example.org:443/', 'publicOrigin', 'https://chat.example.org'],
  ['PUBLIC_ORIGIN', 'https://茶馆.example', 'publicOrigin', 'https://xn--cl1ay07b.example'],
  ['PUBLIC_ORIGIN', 'http://[::1]:3000', 'publicOrigin', 'http://[::1]:3000'],
  ['ALLOWED_ORIGINS', 'https://a.example', 'allowedOrigins', ['https://a.example']],
  [
    'ALLOWED_ORIGINS',
    'https://a.example,http://b.example:81',
    'allowedOrigins',
    ['https://a.example', 'http://b.example:81'],
  ],
  [
    'ALLOWED_ORIGINS',
    ' HTTPS://A.example/ ,\n https://b.example:443',
    'allowedOrigins',
    ['https://a.example', 'https://b.example'],
  ],
  ['ALLOWED_ORIGINS', ',', 'allowedOrigins', []],
  ...['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map(
    (level): Good => ['LOG_LEVEL', level, 'logLevel', level],
  ),
  ['MAX_CONNECTIONS', '1', 'maxConnections', 1],
  ['MAX_CONNECTIONS', '1000000', 'maxConnections', 1_000_000],
  ['PRESENCE_GRACE_MS', '0', 'presenceGraceMs', 0],
  ['PRESENCE_GRACE_MS', '600000', 'presenceGraceMs', 600_000],
  ['FILES_DIR', '/mnt/files', 'filesDir', '/mnt/files'],
  ['FILES_DIR', 'somewhere/else', 'filesDir', resolve('somewhere/else')],
  ['DATA_DIR', '/var/lib/teahouse', 'filesDir', '/var/lib/teahouse/files'],
  ['MAX_FILE_BYTES', '1000000000', 'maxFileBytes', 1e9],
  ['MAX_STORAGE_BYTES', '1000000000000', 'maxStorageBytes', 1e12],
  ['FILE_BYTES_PER_DAY', '0', 'fileBytesPerDay', 0],
  ['FILE_CHECK', 'unix:/run/clamd.ctl', 'fileCheck', { type: 'clamd', address: { path: '/run/clamd.ctl' } }],
  ['FILE_CHECK', 'tcp:scan.lan', 'fileCheck', { type: 'clamd', address: { host: 'scan.lan', port: 3310 } }],
  ['FILE_CHECK', 'tcp:[::1]:99', 'fileCheck', { type: 'clamd', address: { host: '::1', port: 99 } }],
  ['X_ACCEL_REDIRECT', '/internal-files/', 'accelRedirect', '/internal-files/'],
  ['FILE_CHECK', ' scan  -q ', 'fileCheck', { type: 'command', words: ['scan', '-q'] }],
  ['RATE_LIMITS', 'on', 'rateLimits', true],
  ['RATE_LIMITS', 'off', 'rateLimits', false],
  ['METRICS', '9090', 'metrics', { type: 'port', host: '127.0.0.1', port: 9090 }],
  ['METRICS', '0.0.0.0:9090', 'metrics', { type: 'port', host: '0.0.0.0', port: 9090 }],
  ['METRICS', '[::1]:9090', 'metrics', { type: 'port', host: '::1', port: 9090 }],
  ['METRICS', 'node-1.lan:9090', 'metrics', { type: 'port', host: 'node-1.lan', port: 9090 }],
  ['METRICS', 'b5d0c1b9a8f74e21', 'metrics', { type: 'token', token: 'b5d0c1b9a8f74e21' }],
  ['METRICS', 'aGVsbG8gd29ybGQh+/~.-_==', 'metrics', { type: 'token', token: 'aGVsbG8gd29ybGQh+/~.-_==' }],
  ['MCP', 'on', 'mcp', true],
  ['MCP', 'off', 'mcp', false],
  ['SOCKET_IO', 'on', 'socketIo', true],
  ['SOCKET_IO', 'off', 'socketIo', false],
  ['GUESTS', 'on', 'guests', true],
  ['GUESTS', 'off', 'guests', false],
  ['WEBHOOK_HOSTS', '127.0.0.1:9000, Hooks.LAN [::1]:80', 'webhookHosts', ['127.0.0.1:9000', 'hooks.lan', '[::1]:80']],
  ['WEBHOOK_HOSTS', ',', 'webhookHosts', []],
  ['MIN_FREE_BYTES', '0', 'minFreeBytes', 0],
  ['MIN_FREE_BYTES', '1000000000000', 'minFreeBytes', 1e12],
]

const bad: [variable: string, values: string[]][] = [
  ['PORT', ['65536', '-1', '3000.5', '0x50', '1e3', '80 ', ' 80', 'http', '80\n81', '99999999999', '٣']],
  [
    'PUBLIC_ORIGIN',
    [
      'chat.example.org',
      'chat.example.org:443',
      '//chat.example.org',
      'ws://chat.example.org',
      'ftp://chat.example.org',
      'https://',
      'https://chat.example.org/room',
      'https://chat.example.org/?room',
      'https://chat.example.org/#room',
      'https://me@chat.example.org',
      'https://me:secret@chat.example.org',
      'https://:secret@chat.example.org',
      'https://chat.example.org https://chat.example.com',
      'null',
      '*',
    ],
  ],
  [
    'ALLOWED_ORIGINS',
    [
      '*',
      'null',
      'a.example',
      'https://a.example, b.example',
      'https://a.example;https://b.example',
      'https://*.example',
    ],
  ],
  [
    'TRUST_PROXY',
    [
      'loopback',
      'true',
      '1',
      '10.0.0',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/x',
      '10.0.0.0/8/8',
      '::1/129',
      '256.0.0.1',
      'proxy.example',
      '127.0.0.1, proxy',
    ],
  ],
  ['LOG_LEVEL', ['INFO', 'verbose', '30', 'info ']],
  ['MAX_CONNECTIONS', ['0', '1000001', '-5', '1.5', 'many', 'Infinity']],
  ['PRESENCE_GRACE_MS', ['600001', '-1', '3s', '1.5']],
  ['MIN_FREE_BYTES', ['256M', '-1', '9007199254740992', '1e9']],
  [
    'WEBHOOK_HOSTS',
    [
      'http://127.0.0.1',
      '127.0.0.1/8',
      '*.lan',
      'a.lan:99999',
      'a.lan:x',
      'user@a.lan',
      '::1',
      'a.lan/x',
      'a.lan?',
      ':80',
    ],
  ],
  ['GUESTS', ['true', 'no', 'OFF']],
  ['MCP', ['true', 'yes', 'ON', '1']],
  ['MAX_FILE_BYTES', ['-1', '100MB', '1e9', '1.5']],
  ['S3_BUCKET', ['Tea', 'a', 'tea_house', 'tea/house', '-tea']],
  ['S3_REGION', ['eu central', 'a/b']],
  ['MAX_STORAGE_BYTES', ['-1', '1TB', 'none']],
  ['FILE_BYTES_PER_DAY', ['-1', '2GB', 'none']],
  ['X_ACCEL_REDIRECT', ['internal', '/internal', 'internal/', '/', '/a b/', 'https://a/']],
  ['FILE_CHECK', ['unix:clamd', 'unix:', 'tcp:', 'tcp:host:0', 'tcp:host:99999', 'tcp:a b:1']],
  ['RATE_LIMITS', ['true', 'false', '1', '0', 'OFF', 'none']],
]

const variables = [
  'PORT',
  'HOST',
  'DATA_DIR',
  'PUBLIC_ORIGIN',
  'ALLOWED_ORIGINS',
  'TRUST_PROXY',
  'LOG_LEVEL',
  'MAX_CONNECTIONS',
  'PRESENCE_GRACE_MS',
  'RATE_LIMITS',
  'GUESTS',
  'MCP',
  'METRICS',
  'MIN_FREE_BYTES',
  'FILES_DIR',
  'S3_ENDPOINT',
  'S3_BUCKET',
  'S3_REGION',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'MAX_FILE_BYTES',
  'MAX_STORAGE_BYTES',
  'FILE_BYTES_PER_DAY',
  'FILE_CHECK',
  'X_ACCEL_REDIRECT',
  'WEBHOOK_HOSTS',
]

const defaults = {
  port: 3000,
  host: '127.0.0.1',
  dataDir: resolve('data'),
  publicOrigin: undefined,
  allowedOrigins: [],
  logLevel: undefined,
  maxConnections: 20_000,
  presenceGraceMs: 3_000,
  minFreeBytes: 268_435_456,
  filesDir: resolve('data/files'),
  s3: undefined,
  maxFileBytes: 100_000_000,
  maxStorageBytes: 0,
  fileBytesPerDay: 2_000_000_000,
  fileCheck: undefined,
  accelRedirect: undefined,
  rateLimits: true,
  socketIo: true,
  guests: true,
  mcp: false,
  metrics: undefined,
  webhookHosts: [],
  pushHosts: [],
  smtpUrl: undefined,
  mailFrom: undefined,
}

/** What a caller without types may try. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] }

function faultOf(environment: Record<string, string>): string {
  try {
    readConfig(environment)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).message
  }
  throw new Error(`${JSON.stringify(environment)} was taken for good`)
}

describe('settings', () => {
  it('have a default for every variable', () => {
    const { trustProxy, ...rest } = readConfig({})
    expect(rest).toEqual(defaults)
    for (const address of ['127.0.0.1', '10.0.0.1', '192.168.0.1']) expect(trustProxy.check(address)).toBe(false)
    expect(trustProxy.check('::1', 'ipv6')).toBe(false)
  })
  it.for(good)('%s=%j is valid', ([variable, value, setting, expected]) => {
    expect(readConfig({ [variable]: value })[setting]).toEqual(expected)
  })
  it.for(bad.flatMap(([variable, values]) => values.map((value) => [variable, value] as const)))(
    '%s=%j is bad, and named together with its value in one line',
    ([variable, value]) => {
      const fault = faultOf({ [variable]: value })
      expect(fault).toMatch(new RegExp(`^Bad settings: ${variable} must be `))
      expect(fault).toContain(JSON.stringify(value))
      expect(fault).not.toContain('\n')
    },
  )
  it('count as unset when empty or only spaces', () => {
    for (const empty of ['', ' ', '\t\n']) {
      const { trustProxy, ...rest } = readConfig(Object.fromEntries(variables.map((variable) => [variable, empty])))
      expect(rest).toEqual(defaults)
      expect(trustProxy.rules).toEqual([])
    }
  })
  it('that are unknown are ignored', () => {
    const { trustProxy, ...rest } = readConfig({
      HOSTNAME: 'x',
      __proto__: 'x',
      PATH: '/bin',
      NOTHING: undefined,
    })
    expect(rest).toEqual(defaults)
    expect(trustProxy.rules).toEqual([])
  })
})

describe('TRUST_PROXY', () => {
  const cases: [value: string, trusted: string[], others: string[]][] = [
    ['127.0.0.1', ['127.0.0.1'], ['127.0.0.2', '::1']],
    ['10.0.0.0/8', ['10.0.0.0', '10.255.255.255'], ['9.255.255.255', '11.0.0.0']],
    ['127.0.0.1, 10.1.0.0/16 ::1', ['127.0.0.1', '10.1.2.3', '::1'], ['10.2.0.1', '::2']],
    ['fd00::/8', ['fd00::1', 'fdff::1'], ['fe00::1', '10.0.0.1']],
    ['0.0.0.0/0', ['1.2.3.4'], ['2001:db8::1']],
  ]
  it.for(cases)('trusts the addresses of %s, and no others', ([value, trusted, others]) => {
    const { trustProxy } = readConfig({ TRUST_PROXY: value })
    const check = (address: string) => trustProxy.check(address, address.includes(':') ? 'ipv6' : 'ipv4')
    expect(trusted.map(check), 'trusted').toEqual(trusted.map(() => true))
    expect(others.map(check), 'not trusted').toEqual(others.map(() => false))
  })
})

describe('configuration', () => {
  it('that is invalid names every bad variable at once, and no valid one', () => {
    const everything = Object.fromEntries(bad.map(([variable, [value = '']]) => [variable, value]))
    const fault = faultOf({ ...everything, HOST: '127.0.0.1', DATA_DIR: '/data' })
    for (const [variable] of bad) expect(fault.split(`${variable} must be `)).toHaveLength(2)
    expect(fault).not.toMatch(/HOST must|DATA_DIR must/)
    expect(faultOf({ ...everything, PORT: '80' })).not.toMatch(/\bPORT\b/)
  })
  it('is frozen, with its lists', () => {
    const config = readConfig({ ALLOWED_ORIGINS: 'https://a.example' }) as Mutable<Config>
    expect(() => {
      config.port = 1
    }).toThrow(TypeError)
    expect(() => config.allowedOrigins.push('https://evil.example')).toThrow(TypeError)
    expect(config).toMatchObject({ port: 3000, allowedOrigins: ['https://a.example'] })
  })
})

describe('misspelled settings', () => {
  it.for([
    ['GUEST', 'GUESTS'],
    ['PUBLIC_ORIGN', 'PUBLIC_ORIGIN'],
    ['TRUSTED_PROXY', 'TRUST_PROXY'],
    ['DATADIR', 'DATA_DIR'],
    ['log_level', 'LOG_LEVEL'],
    ['PROT', undefined],
    ['POT', 'PORT'],
  ] as const)('is noticed, and the nearest is named: %s (operation 9)', ([name, nearest]) => {
    if (nearest) expect(faultOf({ [name]: 'off' })).toContain(`${name} is not a setting (did you mean ${nearest}?)`)
    else expect(() => readConfig({ [name]: 'off' })).not.toThrow()
  })
  it('are not reported for common variables of the environment (operation 9)', () => {
    const foreign = [
      'HOME',
      'PATH',
      'HOSTNAME',
      'LANG',
      'SHELL',
      'TERM',
      'USER',
      'PWD',
      'LOGNAME',
      'NODE_ENV',
      'npm_config_cache',
    ]
    expect(() => readConfig(Object.fromEntries(foreign.map((name) => [name, 'x'])))).not.toThrow()
  })
})

describe('services that nodes share', () => {
  const database = 'postgres://anna:s3cret@db.lan:5433/tea'
  const redis = 'rediss://:s3cret@cache.lan:6380'

  it('are set both, or neither', () => {
    expect(readConfig({}).services).toBeUndefined()
    expect(readConfig({ DATABASE_URL: database, REDIS_URL: redis }).services).toEqual({
      databaseUrl: database,
      redisUrl: redis,
    })
    expect(() => readConfig({ DATABASE_URL: database })).toThrow(
      'DATABASE_URL is set without REDIS_URL: set both, or neither',
    )
    expect(() => readConfig({ REDIS_URL: redis })).toThrow(
      'REDIS_URL is set without DATABASE_URL: set both, or neither',
    )
  })
  it('are refused with another kind of URL, and no password is shown', () => {
    const read = () => readConfig({ DATABASE_URL: 'mysql://anna:s3cret@db/tea', REDIS_URL: 's3cret' })
    expect(read).toThrow('DATABASE_URL must be a URL like postgres://user:password@host/database')
    expect(read).toThrow('REDIS_URL must be a URL like redis://host:6379')
    expect(read).not.toThrow('s3cret')
    const shown = JSON.stringify(shownSettings(readConfig({ DATABASE_URL: database, REDIS_URL: redis })))
    expect(shown).toContain('db.lan:5433')
    expect(shown).toContain('cache.lan:6380')
    expect(shown).not.toContain('s3cret')
  })
})

describe('.env', () => {
  const read = (text: string, encoding: BufferEncoding = 'utf8') => settingsIn(Buffer.from(text, encoding))

  it('keeps its first setting after a byte-order mark (FAULTS 8)', () => {
    expect(read('\ufeffGUESTS=off\nPORT=3001\n')).toEqual({ GUESTS: 'off', PORT: '3001' })
  })
  it.for(['\n', '\r\n', '\r'])(
    'may end its lines with %j, and have quotes, comments and "export" (FAULTS 8)',
    (end) => {
      const lines = ['# ours', '', 'export GUESTS="off"', "HOST = '::1'", '  PORT=3001 # the next one']
      expect(read(lines.join(end))).toEqual({ GUESTS: 'off', HOST: '::1', PORT: '3001' })
    },
  )
  it('in UTF-16 or Latin-1 is refused (FAULTS 8)', () => {
    for (const text of ['\ufeffGUESTS=off', 'GUESTS=off']) expect(() => read(text, 'utf16le')).toThrow('UTF-8')
    expect(() => read('DATA_DIR=/caf\xe9', 'latin1')).toThrow('UTF-8')
  })
  it('with invalid lines is refused, with all of them listed (operation 9)', () => {
    const text = 'GUEST=off\nGUESTS off\nCOLOUR=red\nPORT=1\nPORT=2\n'
    expect(() => read(text)).toThrow(
      'Bad settings: GUEST in .env is not a setting (did you mean GUESTS?); line 2 of .env is not like NAME=value; COLOUR in .env is not a setting; PORT is in .env twice.',
    )
  })
})

describe('an S3 store', () => {
  const set = {
    S3_ENDPOINT: 'https://S3.lan:443/',
    S3_BUCKET: 'tea-house',
    S3_ACCESS_KEY_ID: 'key-of-tea',
    S3_SECRET_ACCESS_KEY: 's3cret/+',
  }

  it('is set as a whole, with a usual region', () => {
    expect(readConfig(set).s3).toEqual({
      endpoint: 'https://s3.lan',
      bucket: 'tea-house',
      region: 'us-east-1',
      accessKeyId: 'key-of-tea',
      secretAccessKey: 's3cret/+',
    })
    expect(readConfig({ ...set, S3_REGION: 'eu-central-1' }).s3?.region).toBe('eu-central-1')
    expect(() => readConfig({ ...set, S3_BUCKET: '', S3_ENDPOINT: '' })).toThrow(
      'S3_ACCESS_KEY_ID is set without S3_ENDPOINT, S3_BUCKET',
    )
    for (const address of ['s3.lan', 'https://s3.lan/bucket', 'ftp://s3.lan', 'https://user@s3.lan'])
      expect(faultOf({ ...set, S3_ENDPOINT: address })).toMatch(/^Bad settings: S3_ENDPOINT must be an address/)
    expect(() => readConfig({ S3_REGION: 'eu-central-1' })).toThrow('S3_REGION is set without S3_ENDPOINT, S3_BUCKET, ')
  })
  it('is instead of a folder, and nothing for nginx', () => {
    expect(() => readConfig({ ...set, FILES_DIR: '/mnt/files' })).toThrow('S3_ENDPOINT and FILES_DIR are set')
    expect(() => readConfig({ ...set, X_ACCEL_REDIRECT: '/internal-files/' })).toThrow('X_ACCEL_REDIRECT is set with')
  })
  it('is shown without its keys, also when they are wrong', () => {
    const shown = JSON.stringify(shownSettings(readConfig(set)))
    expect(shown).toMatch(/https:\/\/s3\.lan.*tea-house.*us-east-1/)
    expect(shown).not.toMatch(/key-of-tea|s3cret/)
    expect(faultOf({ ...set, S3_ACCESS_KEY_ID: 'key of tea', S3_SECRET_ACCESS_KEY: 's3 cret' })).not.toMatch(
      /key of|s3 cret/,
    )
    expect(faultOf({ ...set, S3_ENDPOINT: 'https://key-of-tea:s3cret@s3.lan' })).toMatch(
      /^Bad settings: S3_ENDPOINT must be an address like https:\S+, without a path\.$/,
    )
  })
})
