import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { startServer } from '../../../support/server/server.ts'
import { type Battery, premise, share, Tally } from '../../battery.ts'
import { foreignOrigins, host } from '../../http/origins.ts'
import { RawConnection, upgradeRequest } from '../../socket/raw-connection.ts'

const own = `http://${host}`
/** Each has another way to say what is our own. */
const servers: Record<string, string>[] = [
  {},
  { ALLOWED_ORIGINS: 'https://club.example, http://localhost:5173' },
  { PUBLIC_ORIGIN: own },
  { TRUST_PROXY: '127.0.0.1' },
]

export default {
  what: 'Foreign origins, however similar to ours, with a valid cookie at the upgrade: refused before the cookie is read.',
  atLeast: { smallest: 200, short: 3_000, long: 3_000 },

  async run(size, t) {
    const tally = new Tally()
    for (const [offset, settings] of servers.entries()) {
      const server = await startServer(t, { RATE_LIMITS: 'off', ...settings })
      const { cookie } = await server.signIn('Mallory')
      const statusOf = (attempt: Attempt) => upgradeStatus(server.port, cookie, attempt)
      for (const path of paths)
        premise((await statusOf({ path, lines: [`Origin: ${own}`] })) === 101, 'our own is refused too')
      await mapConcurrently(share(size, 12, attempts(), offset), 8, async (attempt) => {
        const status = await statusOf(attempt)
        const sentence = `${JSON.stringify(attempt)} where ${JSON.stringify(settings)}: ${status}`
        tally.count(status === 403 || status === 400, sentence)
      })
    }
    return tally
  },
} satisfies Battery

interface Attempt {
  path: string
  /** Of the head. */
  lines: string[]
}

const paths = ['/ws/chat', '/ws/echo', '/socket.io/?EIO=4&transport=websocket']

function attempts(): Attempt[] {
  // Blanks around a value are no part of it (RFC 9110, 5.5).
  const foreign = foreignOrigins.filter((origin) => origin.trim() !== own)
  const heads = foreign.flatMap((origin) => [
    [`Origin: ${origin}`],
    [`Origin: ${origin}`, 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Mode: websocket'],
    [`Origin: ${origin}`, `X-Forwarded-Host: ${host}`, 'X-Forwarded-For: 127.0.0.1', `Referer: ${own}/`],
    // Said twice, in either order.
    [`Origin: ${own}`, `Origin: ${origin}`],
    [`Origin: ${origin}`, `Origin: ${own}`],
    [`origin:${origin}`, `Sec-WebSocket-Origin: ${own}`],
  ])
  const sites = ['cross-site', 'same-site', '', 'Same-Origin', 'same-origin, cross-site'].flatMap((site) => [
    [`Sec-Fetch-Site: ${site}`],
    [`Sec-Fetch-Site: ${site}`, `Origin: ${own}`],
  ])
  return paths.flatMap((path) => [...heads, ...sites].map((lines) => ({ path, lines })))
}

async function upgradeStatus(port: number, cookie: string, { path, lines }: Attempt): Promise<number> {
  const raw = new RawConnection(port)
  const text = upgradeRequest({ path, cookie, host, protocol: path === '/ws/chat' ? 'chat.v1' : undefined })
  raw.write(text.replace('\r\n', `\r\n${lines.map((line) => `${line}\r\n`).join('')}`))
  await raw.answered()
  raw.reset()
  return raw.status
}
