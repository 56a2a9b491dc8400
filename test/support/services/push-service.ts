/**
 * A push service: a real HTTP server on loopback that decrypts (RFC 8291) and checks whose server it is (RFC 8292), written by the RFCs
 * and without a look at the server's code.
 */
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { freePort } from '../run/free-ports.ts'
import type { Cleanup } from '../server/server.ts'

export interface Pushed {
  /** The browser that it is for. */
  browser: PushBrowser
  headers: IncomingHttpHeaders
  ttl: number
  urgency: string
  topic: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: JSON that a test looks at
  data: any
}

export interface PushBrowser {
  id: string
  /** What `push-subscribe` takes. */
  subscription: { endpoint: string; keys: { p256dh: string; auth: string } }
  decrypt(body: Buffer): string
}

export interface PushService {
  /** For PUSH_HOSTS. */
  host: string
  received: Pushed[]
  /** The status that it answers, with headers if there are any. */
  respond: (pushed: Pushed) => number | [number, Record<string, string>]
  /** The public key that subscriptions were made with: others are refused. */
  applicationKey: string | undefined
  newBrowser(): PushBrowser
  /** The next push that no test has waited for. */
  next(): Promise<Pushed>
  /** What is wrong with requests: nothing may be. */
  faults: string[]
}

export async function startPushService(t: Cleanup): Promise<PushService> {
  const browsers = new Map<string, PushBrowser>()
  const waiting: ((pushed: Pushed) => void)[] = []
  const unread: Pushed[] = []
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      service.faults.push(String(error))
      response.writeHead(400).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const service: PushService = {
    host: `127.0.0.1:${port}`,
    received: [],
    respond: () => 201,
    applicationKey: undefined,
    faults: [],
    newBrowser() {
      const browser = newPushBrowser(origin)
      browsers.set(`/push/${browser.id}`, browser)
      return browser
    },
    next: async () => unread.shift() ?? (await new Promise((resolve) => waiting.push(resolve))),
  }
  return service

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const browser = browsers.get(request.url ?? '')
    if (!browser) return void response.writeHead(404).end()
    const { headers } = request
    checkAuthorization(headers.authorization, origin, service.applicationKey)
    if (headers['content-encoding'] !== 'aes128gcm') throw new Error('It is not encoded as aes128gcm.')
    const text = browser.decrypt(Buffer.concat(chunks))
    if (Buffer.byteLength(text) > 3_000) throw new Error('It is too large.')
    const pushed: Pushed = {
      browser,
      headers,
      ttl: Number(headers.ttl),
      urgency: String(headers.urgency),
      topic: headers.topic as string | undefined,
      data: JSON.parse(text),
    }
    // RFC 8030, sections 5.2 to 5.4.
    if (!Number.isInteger(pushed.ttl) || pushed.ttl < 0) throw new Error('There is no TTL.')
    if (!['very-low', 'low', 'normal', 'high'].includes(pushed.urgency)) throw new Error('There is no urgency.')
    if (pushed.topic !== undefined && !/^[\w-]{1,32}$/.test(pushed.topic)) throw new Error('The topic is too long.')
    service.received.push(pushed)
    const [status, more] = [service.respond(pushed)].flat() as [number, Record<string, string>?]
    response.writeHead(status, more ?? {}).end()
    const resolve = waiting.shift()
    if (resolve) resolve(pushed)
    else unread.push(pushed)
  }
}

function newPushBrowser(origin: string): PushBrowser {
  const id = randomBytes(16).toString('base64url')
  const curve = createECDH('prime256v1')
  const publicKey = curve.generateKeys()
  const auth = randomBytes(16)
  const keys = { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') }
  return {
    id,
    subscription: { endpoint: `${origin}/push/${id}`, keys },
    /** RFC 8188, section 2, with the keys of RFC 8291, section 3.4. One record. */
    decrypt(body) {
      const salt = body.subarray(0, 16)
      const recordSize = body.readUInt32BE(16)
      const serverKey = body.subarray(21, 21 + body.readUInt8(20))
      const record = body.subarray(21 + serverKey.length)
      if (record.length > recordSize) throw new Error('There is more than one record.')
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, serverKey])
      const input = Buffer.from(hkdfSync('sha256', curve.computeSecret(serverKey), auth, info, 32))
      const key = Buffer.from(hkdfSync('sha256', input, salt, 'Content-Encoding: aes128gcm\0', 16))
      const nonce = Buffer.from(hkdfSync('sha256', input, salt, 'Content-Encoding: nonce\0', 12))
      const decipher = createDecipheriv('aes-128-gcm', key, nonce)
      decipher.setAuthTag(record.subarray(-16))
      const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
      const end = padded.findLastIndex((byte) => byte !== 0)
      if (padded[end] !== 2) throw new Error('The last record does not end with its delimiter.')
      return padded.subarray(0, end).toString('utf8')
    },
  }
}

/** RFC 8292, sections 2 and 3. @throws Error that says what is wrong */
function checkAuthorization(header: string | undefined, origin: string, applicationKey: string | undefined): void {
  const [, token = '', key = ''] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(header ?? '') ?? []
  const [head = '', claims = '', signature = ''] = token.split('.')
  const json = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  if (json(head).alg !== 'ES256') throw new Error('It is not signed with ES256.')
  const point = Buffer.from(key, 'base64url')
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  }
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  const signed = Buffer.from(`${head}.${claims}`)
  const isValid = verify(
    'sha256',
    signed,
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  if (!isValid) throw new Error('The signature is wrong.')
  const { aud, exp, sub } = json(claims)
  if (aud !== origin) throw new Error(`It is for ${aud}.`)
  const seconds = exp - Date.now() / 1000
  if (!(seconds > 0 && seconds <= 24 * 60 * 60)) throw new Error('It does not expire within a day.')
  if (!/^(https:|mailto:)/.test(sub)) throw new Error(`It names ${sub}.`)
  if (applicationKey !== undefined && key !== applicationKey) throw new Error('It is the key of another server.')
}

/** Settings with which a server pushes to the service: it has to know its own address. */
export async function pushSettings(service: PushService): Promise<Record<string, string>> {
  const port = await freePort()
  return { PORT: String(port), PUBLIC_ORIGIN: `http://127.0.0.1:${port}`, PUSH_HOSTS: service.host }
}
