/** Bytes that mean nothing: instead of a request, in a request, and after the upgrade. */
import { type Battery, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { concurrently } from '../../socket/concurrently.ts'
import { RawConnection, upgradeRequest } from '../../socket/raw-connection.ts'
import { SeededRandom } from '../../socket/seeded-random.ts'

const maxBytes = 2_048
const maxPieces = 4
const sizes = { smallest: 200, short: 2_000, long: 100_000 }

type Noise = (random: SeededRandom, request: Buffer) => Buffer

/** What comes before any upgrade. */
const instead: Noise[] = [
  () => Buffer.alloc(0),
  (random) => random.bytes(random.below(maxBytes)),
  (random) => Buffer.concat([Buffer.from('GET /ws/chat '), random.bytes(random.below(maxBytes))]),
  (random) => Buffer.from(Array.from({ length: random.below(20) }, () => lineOf(random)).join('\r\n')),
  (random, request) => changed(random, request),
  (random, request) => request.subarray(0, random.below(request.length)),
  (random, request) =>
    Buffer.concat([request.subarray(0, -2), Buffer.from(`${lineOf(random)}: x\r\n`.repeat(random.between(65, 200)))]),
  (random, request) => Buffer.concat([request, random.bytes(random.below(maxBytes))]),
]

function lineOf(random: SeededRandom): string {
  return String.fromCharCode(...Array.from({ length: random.below(80) }, () => random.between(32, 126)))
}

function changed(random: SeededRandom, request: Buffer): Buffer {
  const copy = Buffer.from(request)
  for (let i = random.between(1, 4); i > 0; i--) copy[random.below(copy.length)] = random.below(256)
  return copy
}

/** Sends it, leaves in one way or another, and waits until the server has hung up too. @returns what was wrong */
async function disturb(port: number, request: Buffer, random: SeededRandom): Promise<string | undefined> {
  const raw = new RawConnection(port)
  const isAfter = random.isIn(2)
  const noise = isAfter ? random.bytes(random.between(1, maxBytes)) : random.pick(instead)(random, request)
  if (isAfter) {
    raw.write(request)
    await raw.answered()
  }
  for (const piece of random.pieces(noise, maxPieces)) await raw.push(piece)
  if (random.isIn(2)) raw.reset()
  else raw.socket.end()
  await raw.over()
  return (
    raw.fault && `${raw.fault} It was sent ${isAfter ? 'after' : 'before'} the upgrade: ${noise.toString('base64')}`
  )
}

/** To the echo, and to the chat as people who have signed in and as nobody. */
async function requestsTo(attacked: AttackedServer): Promise<Buffer[]> {
  const cookies = await Promise.all(Array.from({ length: 10 }, (_, i) => attacked.signIn(`noisy ${i}`)))
  const chats = [...cookies, undefined].map((cookie) =>
    upgradeRequest({ path: '/ws/chat', protocol: 'chat.v1', cookie }),
  )
  return [upgradeRequest(), ...chats].map((request) => Buffer.from(request))
}

export default {
  what: 'Random bytes before and after the upgrade: the server closes the connection, and other users notice nothing.',
  atLeast: sizes,
  async run(size, t) {
    const attacked = await AttackedServer.open(t)
    const tally = new Tally()
    const random = new SeededRandom()
    tally.notes.push(`seed ${random.seed}`)
    const requests = await requestsTo(attacked)
    const attack = async () => {
      const fault = await disturb(attacked.port, random.pick(requests), random)
      tally.count(!fault, fault ?? '')
    }
    await concurrently(sizes[size] / 10, 50, attack)
    await attacked.begin()
    await concurrently(sizes[size], 50, attack)
    await attacked.judge(tally)
    return tally
  },
} satisfies Battery
