import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ServerProcess } from '../../../proof/server.ts'
import { password } from '../../../support/clients/visitor.ts'
import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { identityOf } from '../../../support/server/server.ts'
import { type Battery, premise, type Size, Tally } from '../../battery.ts'
import { forgedToken } from '../../http/cookies.ts'
import { allFields } from '../../http/form-fields.ts'
import { injections } from '../../http/injections.ts'
import { type RawAnswer, requestOf, sendRaw } from '../../http/raw.ts'
import { allRoutes, type Route } from '../../http/routes.ts'

const formType = { 'Content-Type': 'application/x-www-form-urlencoded' }
const routeShare = { smallest: 150, short: 20 }
/** Every header that the server sends. */
const known = new Set([
  ...[
    'date',
    'connection',
    'keep-alive',
    'content-type',
    'content-length',
    'content-encoding',
    'clear-site-data',
    'transfer-encoding',
    'location',
    'set-cookie',
  ],
  ...['content-security-policy', 'cross-origin-opener-policy', 'cross-origin-resource-policy', 'referrer-policy'],
  ...['permissions-policy', 'x-content-type-options', 'cache-control', 'allow', 'vary', 'retry-after'],
  ...['www-authenticate', 'tus-resumable', 'tus-version'],
  ...['etag', 'last-modified', 'accept-ranges', 'content-range', 'sec-websocket-version'],
])
const knownCookies = /^(__Host-session|session-\d+|__Host-device|device-\d+|name(-\d+)?|language|theme)=/
/** What ends a line or moves a cursor somewhere, written as it is. */
const control = /[\p{Cc}\u2028\u2029\u202a-\u202e]/u

export default {
  what: 'Line ends and escape sequences in paths, queries, fields, cookies and headers: they create no header and no log line.',
  atLeast: { smallest: 100, short: 1_500, long: 5_000 },

  async run(size, t) {
    const tally = new Tally()
    const server = await ServerProcess.start({ environment: { LOG_LEVEL: 'trace', TRUST_PROXY: '127.0.0.1' } })
    t.onTestFinished(() => server[Symbol.asyncDispose]())
    await attack(server, await becomeOwner(server), size, tally)
    lose(server, 'sessions')
    // What it cannot find out it logs, with the path of the request.
    await attack(server, `identity=${forgedToken()}`, size, tally)
    await server.kill('SIGTERM')
    const lines = server.errors
    premise(
      lines.some((line) => line.includes('a request failed') && line.includes('tea')),
      'nothing of it was logged',
    )
    for (const line of lines) tally.count(isOwnLine(line), `a line of the log: ${JSON.stringify(line)}`)
    tally.notes.push(`${lines.length} lines were logged`)
    return tally
  },
} satisfies Battery

/** By the link that the server has printed: then all pages are there. @returns the cookie */
async function becomeOwner({ url, ownerLink }: ServerProcess): Promise<string> {
  const { pathname } = new URL(await ownerLink)
  const body = new URLSearchParams({ name: 'Mallory', password })
  return identityOf(await fetch(url + pathname, { method: 'POST', body, redirect: 'manual' }))
}

function lose({ dataDir }: ServerProcess, table: string): void {
  const database = new DatabaseSync(join(dataDir, 'teahouse.db'))
  database.exec(`pragma foreign_keys = off; drop table ${table}`)
  database.close()
}

/** In the short form each route has its share of the texts. */
async function attack({ port }: ServerProcess, cookie: string, size: Size, tally: Tally): Promise<void> {
  for (const [number, route] of (await allRoutes()).entries()) {
    const texts = injections().filter((_, i) => size === 'long' || (i + number) % routeShare[size] === 0)
    const questions = texts.flatMap((text) => questionsAbout(route, text, cookie))
    await mapConcurrently(questions, 8, async (question) => {
      const fault = faultIn(await sendRaw(port, question))
      tally.count(!fault, `${JSON.stringify(question.toString('latin1', 0, 500))}: ${fault}`)
    })
  }
}

function questionsAbout({ at, methods, parameters }: Route, text: string, cookie: string): Buffer[] {
  const encoded = encodeURIComponent(text.toWellFormed())
  // What may stand there as it is, octet by octet.
  const octets = Buffer.from(text)
    .toString('latin1')
    .replace(/[\0-\x20\x7f]/g, '')
  const fields = Object.fromEntries(Object.keys(allFields()).map((name) => [name, text.toWellFormed()]))
  const cookies = `${cookie}; name=${encoded}; language=${octets.replaceAll(';', '')}; theme=${encoded}; evil=${octets}`
  const headers = {
    Cookie: cookies,
    'User-Agent': octets,
    Referer: octets,
    Accept: octets,
    'Accept-Language': octets,
    'X-Forwarded-For': `${octets}, 203.0.113.9`,
    'X-Forwarded-Proto': octets,
    'X-Forwarded-Host': octets,
    'X-Request-Id': octets,
    Range: octets,
    'If-None-Match': octets,
  }
  const asker = { Cookie: cookie }
  const inPath = at(Object.fromEntries(parameters.map((name) => [name, encoded])))
  const asOctets = at(Object.fromEntries(parameters.map((name) => [name, octets.replaceAll(/[/?#]/g, '')])))
  return [
    requestOf('GET', `${at()}?to=${encoded}&${encoded}=${encoded}`, headers),
    requestOf('GET', `${inPath}/${encoded}`, asker),
    requestOf('GET', `${inPath}?${octets}`, asker),
    requestOf('GET', `${at()}/${octets}`, asker),
    requestOf('GET', asOctets, asker),
    requestOf('GET', at(), { ...asker, Host: octets }),
    ...(methods.includes('POST') ? formsWith(inPath, fields, headers) : []),
  ]
}

function formsWith(path: string, fields: Record<string, string>, headers: Record<string, string>): Buffer[] {
  return [
    requestOf('POST', path, { ...headers, ...formType }, String(new URLSearchParams(fields))),
    requestOf('POST', path, { ...headers, 'Content-Type': 'application/json' }, JSON.stringify(fields)),
    requestOf('POST', path, { ...formType, ...headers, Cookie: '' }, String(new URLSearchParams(fields))),
  ]
}

function faultIn({ status, headers }: RawAnswer): string | undefined {
  if (status === 0) return 'no answer'
  const strange = headers.find(([name]) => !known.has(name))
  if (strange) return `a header of its own: ${strange.join(': ')}`
  const broken = headers.find(([, value]) => /(?!\t)\p{Cc}/u.test(value))
  if (broken) return `a header with a control character: ${broken.join(': ')}`
  const planted = headers.find(([name, value]) => name === 'set-cookie' && !knownCookies.test(value))
  return planted && `a cookie of its own: ${planted.join(': ')}`
}

/** One object, whose words are ours. */
function isOwnLine(line: string): boolean {
  if (control.test(line)) return false
  try {
    const { level, msg } = JSON.parse(line)
    return typeof level === 'string' && (msg === undefined || !String(msg).includes('forged'))
  } catch {
    return false
  }
}
