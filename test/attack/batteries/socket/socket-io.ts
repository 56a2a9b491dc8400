/** Socket.IO: foreign origins with a valid cookie and a known session, malformed packets, floods, and requests that are never finished. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RawEngine } from '../../../support/clients/raw-engine.ts'
import { type Battery, premise, type Size, share, Tally } from '../../battery.ts'
import { foreignOrigins } from '../../http/origins.ts'
import { methodsFor } from '../../http/routes.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { concurrently } from '../../socket/concurrently.ts'
import { RawConnection } from '../../socket/raw-connection.ts'
import { SeededRandom } from '../../socket/seeded-random.ts'

const sizes = { smallest: 100, short: 1_000, long: 10_000 }
const floodOf = 2_000
const separator = '\x1e'

const packets = [
  ...['40', '40{}', '40{"token":7}', '40/admin,', '41', '41/admin,', '42["talk","x"]', '4212["open",{"room":"lobby"}]'],
  ...[
    '42[]',
    '42{}',
    '42["disconnect"]',
    '43["x"]',
    '431[null]',
    '44{"message":"x"}',
    '45',
    '452-["x",{"_placeholder":true}]',
  ],
  ...[
    '4',
    '5',
    '6',
    '2',
    '2probe',
    '3',
    '3probe',
    '1',
    '0{}',
    '',
    '9',
    'bAQID',
    '4[',
    '42["talk"',
    '42["\\ud800"]',
    '42["__proto__",{}]',
  ],
  ...['451-7["file",{"name":"x"},{"_placeholder":true,"num":0}]', '4510-["file"]', '461-7[null]'],
  `42["talk",${'['.repeat(10_000)}`,
  `42["x","${'茶'.repeat(5_000)}"]`,
  `42${'9'.repeat(10_000)}["x"]`,
]

/** A packet that somebody has broken. */
function packetFrom(random: SeededRandom): string | Buffer {
  if (random.isIn(8)) return random.bytes(random.below(200))
  const packet = random.pick(packets)
  const at = random.below(packet.length + 1)
  if (random.isIn(2))
    return packet.slice(0, at) + String.fromCharCode(random.below(0x3000)) + packet.slice(at + random.below(3))
  return packet
}

async function crossOrigins(engine: RawEngine, size: Size, tally: Tally): Promise<void> {
  const sid = await engine.open()
  premise((await engine.post(sid, '40')).ok, 'a post of no origin is refused, too')
  const queries = ['EIO=4&transport=polling', `EIO=4&transport=polling&sid=${sid}`]
  // fetch sends no header with such bytes.
  const origins = foreignOrigins.filter((origin) => origin.trim() && /^[\x21-\x7e ]+$/.test(origin))
  for (const origin of share(size, 8, origins))
    for (const method of methodsFor(size).filter((one) => one !== 'TRACE'))
      for (const query of queries) {
        const init = { method, headers: { origin }, ...(method === 'POST' && { body: '42["talk","in another name"]' }) }
        const { status, headers } = await engine.request(query, init)
        const isRead = headers.get('access-control-allow-origin') !== null
        // The answer to OPTIONS lets nobody do anything.
        tally.count(!isRead && (status >= 400 || method === 'OPTIONS'), `${method} ${query} of ${origin}: ${status}`)
      }
}

export default {
  what: 'Socket.IO of other origins, malformed, in floods and unfinished: refused or closed, and nothing stays.',
  atLeast: { smallest: 150, short: 1_500, long: 12_000 },
  async run(size, t) {
    const attacked = await AttackedServer.open(t)
    const tally = new Tally()
    const random = new SeededRandom()
    tally.notes.push(`seed ${random.seed}`)
    const url = `http://127.0.0.1:${attacked.port}`
    const cookies = await Promise.all(Array.from({ length: 10 }, (_, i) => attacked.signIn(`poller ${i}`)))
    const engineOf = (number: number) => new RawEngine(url, { cookie: cookies[number % cookies.length] as string })
    await crossOrigins(engineOf(0), size, tally)
    await attacked.begin()
    await concurrently(sizes[size], 10, async (number) => {
      const fault = await attackOf(number, engineOf(number), attacked.port, random)
      tally.count(fault === undefined, fault ?? '')
    })
    await attacked.settle()
    await attacked.judge(tally)
    return tally
  },
} satisfies Battery

/** @returns what went wrong */
async function attackOf(
  number: number,
  engine: RawEngine,
  port: number,
  random: SeededRandom,
): Promise<string | undefined> {
  if (number % 4 === 0) return await malformedPolls(engine, random)
  if (number % 4 === 1) return await malformedSocket(engine, random)
  if (number % 20 === 2) return await flood(engine, random)
  return await unfinished(port, random)
}

async function malformedPolls(engine: RawEngine, random: SeededRandom): Promise<string | undefined> {
  const sid = await engine.open().catch(() => undefined)
  // Refused: too many of this user or network.
  if (sid === undefined) return undefined
  const payload = Array.from({ length: random.between(1, 5) }, () => packetFrom(random)).join(separator)
  const status = await engine.post(sid, payload).then(
    (response) => response.status,
    () => 0,
  )
  await engine.post(sid, '1').catch(() => {})
  return [0, 200, 400, 403, 413, 429].includes(status)
    ? undefined
    : `${JSON.stringify(payload)} was answered with ${status}.`
}

async function malformedSocket(engine: RawEngine, random: SeededRandom): Promise<string | undefined> {
  const socket = engine.socket()
  await Promise.race([socket.next().catch(() => {}), socket.closed])
  if (random.isIn(2) && socket.ws.readyState === 1) socket.send('40')
  for (let i = random.between(1, 10); i && socket.ws.readyState === 1; i--) socket.send(packetFrom(random) as string)
  if (random.isIn(2)) await sleep(random.below(20))
  socket.ws.terminate()
  await socket.closed
  return undefined
}

async function flood(engine: RawEngine, random: SeededRandom): Promise<string | undefined> {
  const socket = engine.socket()
  await Promise.race([socket.next().catch(() => {}), socket.closed])
  const packet = random.pick(['42["nonsense"]', '3', '40/x,', '437[]', '421["history",{"room":"lobby"}]'])
  if (socket.ws.readyState === 1) socket.send('40')
  for (let i = 0; i < floodOf && socket.ws.readyState === 1; i++) socket.send(packet)
  const code = await Promise.race([socket.closed, sleep(60_000)])
  socket.ws.terminate()
  return code === undefined ? `${floodOf} of ${packet} were all read.` : undefined
}

/** Polls and posts that are never finished, or reset. */
async function unfinished(port: number, random: SeededRandom): Promise<undefined> {
  const raw = new RawConnection(port)
  const head = random.pick([
    'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: x\r\n\r\n',
    'POST /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n42',
    'POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n42',
  ])
  raw.write(head.slice(0, random.between(10, head.length)))
  if (random.isIn(2)) await sleep(random.below(20))
  raw.reset()
  await raw.over()
}
