/** Requests that are refused before all of their body is here. */
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { begun, partHeaders } from '../../support/clients/uploads.ts'
import { startServer } from '../../support/server/server.ts'

const large = 'x'.repeat(3_000_000)

it.for(['a form with too many files', 'a part with another checksum'])(
  'the next request on its connection does not wait behind %s',
  async (what, t) => {
    const server = await startServer(t, { MIN_FREE_BYTES: '0' })
    const { cookie } = await server.signIn('Anna')
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.onTestFinished(() => agent.destroy())
    const send = (path: string, method: string, headers: Record<string, string>, body = '') =>
      new Promise<{ status: number | undefined; socket: unknown }>((resolve, reject) => {
        const asked = request(
          server.url + path,
          { agent, method, headers: { Cookie: cookie, ...headers } },
          (answer) => {
            const { statusCode: status, socket } = answer
            text(answer).then(() => resolve({ status, socket }), reject)
          },
        )
        asked.on('error', reject)
        asked.end(body)
      })
    const file = (n: number, content: string) =>
      `--x\r\nContent-Disposition: form-data; name="file"; filename="${n}"\r\n\r\n${content}\r\n`
    const form = `${Array.from({ length: 11 }, (_, n) => file(n, 'tea')).join('')}${file(11, large)}--x--\r\n`
    const path = await begun(server, { cookie }, { bytes: large })
    const refused =
      what === 'a form with too many files'
        ? await send('/api/files', 'POST', { 'Content-Type': 'multipart/form-data; boundary=x' }, form)
        : await send(path, 'PATCH', { ...partHeaders, 'Upload-Offset': '0', 'Upload-Checksum': 'sha1 AAAA' }, large)
    expect(refused.status).toBeGreaterThanOrEqual(400)
    const next = await send('/healthz', 'GET', {})
    expect(next.status).toBe(200)
  },
)
