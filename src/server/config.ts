import type { BlockList } from 'node:net'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { type S3Config, s3ConfigOf, s3FaultsIn, s3Settings } from './files/bytes/s3-config.ts'
import { type FileCheck, parseFileCheck } from './files/check/scanner.ts'
import { type MetricsAccess, parseMetricsAccess, shownMetrics } from './metrics/access.ts'
import { isNetwork, networks } from './networks.ts'
import { distance, hostOf, originOf, words } from './setting-values.ts'

export interface Config {
  /** 0 takes a free port. */
  readonly port: number
  readonly host: string
  /** What belongs to this server alone, and without DATABASE_URL everything that must be kept; absolute. */
  readonly dataDir: string
  /** The services that nodes share; undefined for a server that is alone. */
  readonly services: Services | undefined
  /** What people type, as `new URL().origin` writes it; the request's own host unless set. */
  readonly publicOrigin: string | undefined
  readonly allowedOrigins: readonly string[]
  /** The proxies whose `X-Forwarded-*` are believed. */
  readonly trustProxy: BlockList
  /** Undefined: it depends on where the log goes. */
  readonly logLevel: string | undefined
  readonly maxConnections: number
  readonly presenceGraceMs: number
  /** With less room on the disk only admins can write. */
  readonly minFreeBytes: number
  /** Where the bytes of uploaded files are; absolute. */
  readonly filesDir: string
  /** Where they are instead of there, if they are in an S3 store. */
  readonly s3: S3Config | undefined
  readonly maxFileBytes: number
  /** Maximum bytes of the files of all users; 0 for no limit. */
  readonly maxStorageBytes: number
  /** Maximum bytes of the files of one user in 24 hours; guests have a tenth. */
  readonly fileBytesPerDay: number
  /** What says whether an uploaded file may be sent; undefined for nothing. */
  readonly fileCheck: FileCheck | undefined
  /** The location of nginx that has the bytes of files, with a slash at both ends; undefined when this server sends them. */
  readonly accelRedirect: string | undefined
  readonly rateLimits: boolean
  /** Whether a name is enough to sign in. */
  readonly guests: boolean
  /** Clients that may read the metrics; undefined for none. */
  readonly metrics: MetricsAccess | undefined
  /** Whether bots may use the Model Context Protocol. */
  readonly mcp: boolean
  /** Hosts, or hosts with a port, to which webhooks may be sent although their addresses are private. */
  readonly webhookHosts: readonly string[]
  /** Likewise, to which notifications may be pushed besides the known push services. */
  readonly pushHosts: readonly string[]
  /** The server for email, with its password; undefined when none is sent. */
  readonly smtpUrl: string | undefined
  /** From whom email comes; undefined for an address at the host of PUBLIC_ORIGIN. */
  readonly mailFrom: string | undefined
  /** Whether clients of Socket.IO may connect. */
  readonly socketIo: boolean
}

/** Their addresses, with their passwords. */
export interface Services {
  readonly databaseUrl: string
  readonly redisUrl: string
}

/** Settings that cannot be used; every fault is named, each by its variable. */
export class ConfigError extends Error {
  constructor(faults: string[]) {
    super(`Bad settings: ${faults.join('; ')}.`)
    this.name = 'ConfigError'
  }
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

const settings = v.object({
  PORT: wholeNumber(3000, 0, 65_535),
  HOST: v.optional(v.string(), '127.0.0.1'),
  DATA_DIR: v.optional(v.string(), './data'),
  DATABASE_URL: serviceUrl(['postgres:', 'postgresql:'], 'must be a URL like postgres://user:password@host/database'),
  REDIS_URL: serviceUrl(['redis:', 'rediss:'], 'must be a URL like redis://host:6379 or rediss://…'),
  PUBLIC_ORIGIN: v.optional(
    v.pipe(
      v.string(),
      v.check((s) => originOf(s) !== undefined, 'must be an origin like https://chat.example.org'),
    ),
  ),
  ALLOWED_ORIGINS: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (s) => words(s).every(originOf),
        'must be origins like https://chat.example.org, with commas between them',
      ),
    ),
    '',
  ),
  TRUST_PROXY: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (s) => words(s).every(isNetwork),
        'must be addresses or networks like 127.0.0.1 or 10.0.0.0/8, with commas',
      ),
    ),
    '',
  ),
  LOG_LEVEL: v.optional(v.picklist(logLevels, `must be one of ${logLevels.join(', ')}`)),
  MAX_CONNECTIONS: wholeNumber(20_000, 1, 1_000_000),
  PRESENCE_GRACE_MS: wholeNumber(3_000, 0, 600_000),
  MIN_FREE_BYTES: wholeNumber(256 * 1024 * 1024, 0, Number.MAX_SAFE_INTEGER),
  FILES_DIR: v.optional(v.string()),
  ...s3Settings,
  MAX_FILE_BYTES: wholeNumber(100_000_000, 0, Number.MAX_SAFE_INTEGER),
  MAX_STORAGE_BYTES: wholeNumber(0, 0, Number.MAX_SAFE_INTEGER),
  FILE_BYTES_PER_DAY: wholeNumber(2_000_000_000, 0, Number.MAX_SAFE_INTEGER),
  FILE_CHECK: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (s) => parseFileCheck(s) !== undefined,
        'must be unix:/path, tcp:host:port or a command with its arguments',
      ),
    ),
  ),
  X_ACCEL_REDIRECT: v.optional(
    v.pipe(v.string(), v.regex(/^\/([\w.~-]+\/)+$/, 'must be a path like /internal-files/, with a slash at both ends')),
  ),
  GUESTS: v.optional(v.picklist(['on', 'off'], 'must be on or off'), 'on'),
  METRICS: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (s) => parseMetricsAccess(s) !== undefined,
        'must be addresses or networks like 10.0.0.0/8, a port like 9090 or 10.0.0.5:9090, or a token of at least 16 letters and digits',
      ),
    ),
  ),
  MCP: v.optional(v.picklist(['on', 'off'], 'must be on or off'), 'off'),
  RATE_LIMITS: v.optional(v.picklist(['on', 'off'], 'must be on or off'), 'on'),
  WEBHOOK_HOSTS: hosts(),
  PUSH_HOSTS: hosts(),
  SMTP_URL: serviceUrl(['smtp:', 'smtps:'], 'must be a URL like smtp://user:password@host:587 or smtps://…'),
  MAIL_FROM: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^([^\r\n<>"]* )?<?[^\s@<>"]+@[^\s@<>"]+>?$/, 'must be like Teahouse <chat@example.org>'),
    ),
  ),
  SOCKET_IO: v.optional(v.picklist(['on', 'off'], 'must be on or off'), 'on'),
})

/**
 * Makes the configuration of environment variables. An empty variable counts as one that is not set.
 * @throws ConfigError naming every bad variable at once
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()))
  const misspelt = Object.keys(given).flatMap((name) => {
    const nearest = nearestSetting(name)
    return nearest ? [`${name} is not a setting (did you mean ${nearest}?)`] : []
  })
  const result = v.safeParse(settings, given)
  const bad = result.issues?.map(({ path, message, input }) => {
    const name = String(path?.[0]?.key)
    // A URL may have a password in it, also one that is no URL; a token that is too short is one all the same.
    return secrets.includes(name) ? `${name} ${message}` : `${name} ${message}, not ${JSON.stringify(input)}`
  })
  const alone = [...aloneOf(given), ...s3FaultsIn(given)]
  if (!result.success || misspelt.length || alone.length) throw new ConfigError([...(bad ?? []), ...misspelt, ...alone])
  const set = result.output
  return Object.freeze({
    port: set.PORT,
    host: set.HOST,
    dataDir: resolve(set.DATA_DIR),
    services:
      set.DATABASE_URL && set.REDIS_URL ? { databaseUrl: set.DATABASE_URL, redisUrl: set.REDIS_URL } : undefined,
    publicOrigin: set.PUBLIC_ORIGIN && originOf(set.PUBLIC_ORIGIN),
    allowedOrigins: Object.freeze(words(set.ALLOWED_ORIGINS).map((origin) => originOf(origin) ?? origin)),
    trustProxy: networks(words(set.TRUST_PROXY)),
    logLevel: set.LOG_LEVEL,
    maxConnections: set.MAX_CONNECTIONS,
    presenceGraceMs: set.PRESENCE_GRACE_MS,
    minFreeBytes: set.MIN_FREE_BYTES,
    filesDir: resolve(set.FILES_DIR ?? join(set.DATA_DIR, 'files')),
    s3: s3ConfigOf(set),
    maxFileBytes: set.MAX_FILE_BYTES,
    maxStorageBytes: set.MAX_STORAGE_BYTES,
    fileBytesPerDay: set.FILE_BYTES_PER_DAY,
    fileCheck: set.FILE_CHECK === undefined ? undefined : parseFileCheck(set.FILE_CHECK),
    accelRedirect: set.X_ACCEL_REDIRECT,
    guests: set.GUESTS === 'on',
    metrics: set.METRICS === undefined ? undefined : parseMetricsAccess(set.METRICS),
    mcp: set.MCP === 'on',
    rateLimits: set.RATE_LIMITS === 'on',
    webhookHosts: Object.freeze(words(set.WEBHOOK_HOSTS).map((host) => hostOf(host) ?? host)),
    pushHosts: Object.freeze(words(set.PUSH_HOSTS).map((host) => hostOf(host) ?? host)),
    smtpUrl: set.SMTP_URL,
    mailFrom: set.MAIL_FROM,
    socketIo: set.SOCKET_IO === 'on',
  })
}

const serviceUrls = ['DATABASE_URL', 'REDIS_URL']
const secrets = [...serviceUrls, 'METRICS', 'SMTP_URL', 'S3_ENDPOINT', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY']

/** Nodes need both services: those that share a store must hear each other. */
function aloneOf(given: Record<string, unknown>): string[] {
  const [set, other] = serviceUrls.filter((name) => given[name] !== undefined)
  if (set === undefined || other !== undefined) return []
  return [`${set} is set without ${serviceUrls.find((name) => name !== set)}: set both, or neither`]
}

/** The settings as the log has them. None of them is a secret: of URLs only the hosts are shown, and no token. */
export function shownSettings({
  trustProxy,
  services,
  metrics,
  s3,
  smtpUrl,
  ...config
}: Config): Record<string, unknown> {
  const shown = {
    ...(services && { databaseHost: new URL(services.databaseUrl).host, redisHost: new URL(services.redisUrl).host }),
    ...(s3 && { s3Endpoint: s3.endpoint, s3Bucket: s3.bucket, s3Region: s3.region }),
    ...(smtpUrl && { smtpHost: new URL(smtpUrl).host }),
  }
  return { ...config, ...shown, trustProxy: trustProxy.rules, metrics: metrics && shownMetrics(metrics) }
}

export function isSetting(name: string): boolean {
  return Object.hasOwn(settings.entries, name)
}

/** The setting that somebody meant who typed `name`; undefined when it is one, or like none. */
export function nearestSetting(name: string): string | undefined {
  if (isSetting(name)) return undefined
  // HOME is not meant to be HOST: a short name is like many.
  const isLike = (one: string) => distance(name.toUpperCase(), one) <= (one.length <= 5 ? 1 : 2)
  return Object.keys(settings.entries).find(isLike)
}

/** What one types to come to a server that listens on `port`; undefined when nobody can know. */
export function originFor({ publicOrigin, host }: Pick<Config, 'publicOrigin' | 'host'>, port: number) {
  const isEverywhere = host === '0.0.0.0' || host === '::'
  return publicOrigin ?? (port ? urlOf(isEverywhere ? 'localhost' : host, port) : undefined)
}

/** Where a server listens, like `http://127.0.0.1:3000`. */
export function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

function wholeNumber(unset: number, min: number, max: number) {
  const fits = (s: string) => /^\d{1,16}$/.test(s) && Number(s) >= min && Number(s) <= max
  return v.pipe(
    v.optional(v.string(), String(unset)),
    v.check(fits, `must be a whole number from ${min} to ${max}`),
    v.transform(Number),
  )
}

function serviceUrl(protocols: string[], message: string) {
  return v.optional(
    v.pipe(
      v.string(),
      v.check((s) => protocols.includes(URL.parse(s)?.protocol ?? ''), message),
    ),
  )
}

function hosts() {
  return v.optional(
    v.pipe(
      v.string(),
      v.check(
        (s) => words(s).every((host) => hostOf(host) !== undefined),
        'must be hosts like 127.0.0.1:9000 or hooks.lan, with commas between them',
      ),
    ),
    '',
  )
}
