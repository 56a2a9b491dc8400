/** CORS: what a browser is told about pages of other origins that call the API. */
import { describe, expect, it } from 'vitest'
import { botNamed } from '../support/clients/bots.ts'
import { type Cleanup, startServer } from '../support/server/server.ts'

const friend = 'https://friend.example'
const foreign = 'https://foreign.example'

async function server(t: Cleanup) {
  return await startServer(t, { RATE_LIMITS: 'off', ALLOWED_ORIGINS: friend })
}

function corsHeadersOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')))
}

function preflightOf(origin: string, asked: string) {
  const headers = {
    origin,
    'sec-fetch-site': 'cross-site',
    'access-control-request-method': 'POST',
    'access-control-request-headers': asked,
  }
  return { method: 'OPTIONS', headers }
}

/** What programs send, and what they read: of commands, of uploads and of files. */
const allowed = [
  'Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Teahouse-User, MCP-Protocol-Version, Mcp-Method, Mcp-Name',
  'Range, If-None-Match, If-Range',
  'Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, Upload-Checksum, X-Requested-With',
].join(', ')
const exposed = [
  'Retry-After, WWW-Authenticate',
  'Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm',
  'Upload-Length, Upload-Offset, Upload-Expires, Content-Disposition, Content-Range, ETag',
].join(', ')

describe('cross-origin request to the API', () => {
  it('from an allowed origin is announced, with a token and without credentials', async (t) => {
    const { url } = await server(t)
    const response = await fetch(`${url}/api/chat`, preflightOf(friend, 'authorization,content-type,idempotency-key'))
    expect(response.ok).toBe(true)
    expect(corsHeadersOf(response)).toEqual({
      'access-control-allow-origin': friend,
      'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE',
      'access-control-allow-headers': allowed,
      'access-control-max-age': '600',
      'access-control-expose-headers': exposed,
    })
    expect(response.headers.get('vary')).toMatch(/Origin/)
  })

  it('from an allowed origin with the cookie may be read, and a refusal too', async (t) => {
    const { url, ...rest } = await server(t)
    const { cookie } = await rest.signIn('Anna')
    const announced = await fetch(`${url}/api/chat`, preflightOf(friend, 'content-type'))
    expect(corsHeadersOf(announced)).toMatchObject({ 'access-control-allow-credentials': 'true' })
    for (const [headers, status] of [
      [{ cookie, origin: friend }, 200],
      [{ origin: friend }, 401],
    ] as const) {
      const response = await fetch(`${url}/api/me`, { headers })
      expect(response.status).toBe(status)
      expect(corsHeadersOf(response)).toMatchObject({
        'access-control-allow-origin': friend,
        'access-control-allow-credentials': 'true',
      })
    }
  })

  it('with a token from an allowed origin may be read, without credentials', async (t) => {
    const running = await server(t)
    const { bearer } = await botNamed(running, 'Relay')
    const response = await fetch(`${running.url}/api/me`, { headers: { ...bearer, origin: friend } })
    expect(corsHeadersOf(response)).toEqual({
      'access-control-allow-origin': friend,
      'access-control-expose-headers': exposed,
    })
  })

  it.for([foreign, 'null', `${friend}.evil.example`, `${friend}:8443`, 'https://FRIEND.example', '*'])(
    'from %s is not announced, and its answer cannot be read',
    async (origin, t) => {
      const running = await server(t)
      const { bearer } = await botNamed(running, 'Relay')
      const announced = await fetch(`${running.url}/api/chat`, preflightOf(origin, 'authorization'))
      expect([announced.status, corsHeadersOf(announced)]).toEqual([403, {}])
      const response = await fetch(`${running.url}/api/me`, { headers: { ...bearer, origin } })
      expect([response.status, corsHeadersOf(response)]).toEqual([200, {}])
      expect(response.headers.get('vary')).toMatch(/Origin/)
    },
  )

  it('is for the API alone: pages have none of these headers', async (t) => {
    const { url } = await server(t)
    for (const path of ['/signin', '/healthz', '/apiary', '/static/images/icon-192.png'])
      expect(corsHeadersOf(await fetch(url + path, { headers: { origin: friend } })), path).toEqual({})
  })
})
