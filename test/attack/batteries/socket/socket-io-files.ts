/** Files over Socket.IO: for rooms that the user may not view, and packets of bytes that no client sends. */
import { RawEngine, type RawSocket } from '../../../support/clients/raw-engine.ts'
import { socketIoClient } from '../../../support/clients/socket-io-client.ts'
import { type Battery, type Size, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { StoredData } from '../../server/stored-data.ts'
import { nothing, type Outsider, openSecretServer, withoutGuests } from '../../server/unauthorized-users.ts'
import { concurrently } from '../../socket/concurrently.ts'
import { SeededRandom } from '../../socket/seeded-random.ts'

const sizes = { smallest: 60, short: 600, long: 6_000 }
const maxBytes = 256 * 1024
const separator = '\x1e'

export default {
  what: 'Files over Socket.IO for rooms that the user may not view: answered as for missing ones, and nothing is stored. Malformed and unfinished bytes: refused or closed, and nothing stays.',
  atLeast: { smallest: 70, short: 600, long: 6_000 },
  async run(size, t) {
    const tally = new Tally()
    const secret = await openSecretServer(t)
    const stored = new StoredData(t, secret.server)
    for (const outsider of secret.outsiders) await tryRooms(t, secret.server, outsider, stored, tally)
    for (const outsider of await withoutGuests(secret)) await tryRooms(t, secret.server, outsider, stored, tally)
    await tryBytes(t, size, tally)
    return tally
  },
} satisfies Battery

type Ends = Parameters<Battery['run']>[1]

async function tryRooms(
  t: Ends,
  server: Parameters<typeof socketIoClient>[1],
  { who, visitor, own, foreign }: Outsider,
  stored: StoredData,
  tally: Tally,
): Promise<void> {
  const client = socketIoClient(t, server, { cookie: visitor.cookie, auth: { room: own } })
  await client.next(own === nothing.room ? 'error' : 'opened')
  const before = stored.digest()
  const answerFor = async (room: string, key?: string) => {
    const answer = await client.ask('file', { name: 'secret.txt', room, ...(key && { key }) }, Buffer.from('bytes'))
    return JSON.stringify(answer).replaceAll(JSON.stringify(room), '<it>')
  }
  const expected = await answerFor(nothing.room)
  tally.count(expected.includes('"type":"error"'), `${who}: a room that is not there takes a file: ${expected}`)
  for (const room of foreign) {
    const answer = await answerFor(room)
    tally.count(answer === expected, `${who}: a file for ${room} is answered with ${answer}, not with ${expected}`)
    const [one, other] = [await answerFor(room, 'k'), await answerFor(nothing.room, 'k')]
    tally.count(one === other, `${who}: a file with a key for ${room} is answered with ${one}, not with ${other}`)
  }
  tally.count(stored.digest() === before, `something was stored for ${who}`)
  client.socket.disconnect()
}

async function tryBytes(t: Ends, size: Size, tally: Tally): Promise<void> {
  const attacked = await AttackedServer.open(t)
  const random = new SeededRandom()
  tally.notes.push(`seed ${random.seed}`)
  const cookies = await Promise.all(Array.from({ length: 10 }, (_, i) => attacked.signIn(`sender ${i}`)))
  await attacked.begin()
  await concurrently(sizes[size], 10, async (number) => {
    const engine = new RawEngine(`http://127.0.0.1:${attacked.port}`, { cookie: cookies[number % 10] as string })
    const fault = await (number % 3 === 0 ? overPolls(engine, random) : overSocket(engine, random))
    tally.count(fault === undefined, fault ?? '')
  })
  await attacked.settle()
  await attacked.judge(tally)
}

/** An event with bytes that somebody has broken, as the packets of the engine. */
function packetsFrom(random: SeededRandom): (string | Buffer)[] {
  const count = random.pick(['0', '1', '1', '1', '2', '10', '11', '-1', '1e3', '', '99999999999'])
  const place = random.pick(['0', '0', '0', '1', '-1', '0.5', '"0"', 'null', '1e300'])
  const placeholder = `{"_placeholder":true,"num":${place}}`
  const fields = random.pick([
    '{"name":"x"}',
    '{"name":"../x","key":"k"}',
    '{"room":"~nil"}',
    '[]',
    'null',
    placeholder,
  ])
  const event = random.pick(['file', 'file', 'file', 'talk', 'chat', 'disconnect', '__proto__'])
  const header = `45${count}-${random.pick(['', '7'])}["${event}",${fields},${placeholder}]`
  const bytes = () => random.bytes(random.pick([0, 1, 100, 40_000, maxBytes, maxBytes + 1]))
  const packets = [header, ...Array.from({ length: random.below(4) }, bytes)]
  if (random.isIn(3)) packets.splice(random.below(packets.length), 0, random.pick(['42["talk","x"]', '3', '461-7[]']))
  if (random.isIn(4)) packets.reverse()
  return packets
}

/** Some end in the middle. */
async function overSocket(engine: RawEngine, random: SeededRandom): Promise<string | undefined> {
  const socket: RawSocket = engine.socket()
  await Promise.race([socket.next().catch(() => {}), socket.closed])
  if (socket.ws.readyState === 1 && !random.isIn(5)) socket.send('40')
  for (const packet of packetsFrom(random)) if (socket.ws.readyState === 1) socket.send(packet)
  if (random.isIn(3)) socket.ws.terminate()
  else socket.ws.close()
  await socket.closed
  return undefined
}

async function overPolls(engine: RawEngine, random: SeededRandom): Promise<string | undefined> {
  const sid = await engine.open().catch(() => undefined)
  // Refused: too many of this user or network.
  if (sid === undefined) return undefined
  await engine.post(sid, '40').catch(() => {})
  const payload = packetsFrom(random)
    .map((packet) => (typeof packet === 'string' ? packet : `b${packet.toString('base64')}`))
    .join(separator)
  const status = await engine.post(sid, payload).then(
    (response) => response.status,
    () => 0,
  )
  await engine.post(sid, '1').catch(() => {})
  return [0, 200, 400, 403, 413, 429, 503].includes(status) ? undefined : `Bytes were answered with ${status}.`
}
