/** A frame that must not be, after good ones, in however many pieces: closed with the code that it deserves. */
import { type Battery, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { concurrently } from '../../socket/concurrently.ts'
import { frameOf, opcodes } from '../../socket/frames.ts'
import { type Malformed, malformed } from '../../socket/malformed.ts'
import { RawConnection, upgradeRequest } from '../../socket/raw-connection.ts'
import { SeededRandom } from '../../socket/seeded-random.ts'

const sizes = { smallest: 500, short: 10_000, long: 100_000 }
const maxGood = 3
const maxPieces = 5
const kinds = Object.keys(malformed)

interface Endpoint {
  request: Buffer
  /** A message that is answered by exactly one frame. */
  good: Buffer
  answer: string
}

async function endpoints(attacked: AttackedServer): Promise<Endpoint[]> {
  const cookies = await Promise.all(Array.from({ length: 10 }, (_, i) => attacked.signIn(`clumsy ${i}`)))
  const chats = cookies.map((cookie) => ({
    request: Buffer.from(upgradeRequest({ path: '/ws/chat', protocol: 'chat.v1', cookie })),
    good: frameOf({ payload: '{"type":"ping"}' }),
    answer: '{"type":"pong"}',
  }))
  const echo = { request: Buffer.from(upgradeRequest()), good: frameOf({ payload: 'good' }), answer: 'ECHO: good' }
  return [echo, ...chats]
}

/** @returns what was wrong, in a sentence; undefined when all was right */
async function faultIn(
  port: number,
  endpoint: Endpoint,
  { bytes, closes }: Malformed,
  random: SeededRandom,
): Promise<string | undefined> {
  const raw = new RawConnection(port)
  const good = random.below(maxGood + 1)
  const all = Buffer.concat([endpoint.request, ...Array<Buffer>(good).fill(endpoint.good), bytes])
  for (const piece of random.pieces(all, maxPieces)) raw.write(piece)
  await raw.closed()
  raw.reset()
  const answers = raw.frames.filter(({ payload }) => `${payload}` === endpoint.answer).length
  const isLast = raw.frames.at(-1)?.opcode === opcodes.close
  // The chat answers in turn, and what waits for its turn is not answered any more.
  const areAnswered = endpoint.answer.startsWith('ECHO') ? answers === good : answers <= good
  if (raw.closeCode === closes && areAnswered && isLast) return raw.fault
  return `expected ${good} answers and ${closes}, got ${answers} and ${raw.closeCode}: ${bytes.toString('hex', 0, 200)}. ${raw.fault ?? ''}`
}

export default {
  what: 'Malformed frames: each closes its connection with the right code after earlier frames are answered, and other users notice nothing.',
  atLeast: sizes,
  async run(size, t) {
    const attacked = await AttackedServer.open(t, { areLimitsOn: false })
    const tally = new Tally()
    const random = new SeededRandom()
    tally.notes.push(`seed ${random.seed}, ${kinds.length} kinds`)
    const everywhere = await endpoints(attacked)
    const attack = async (number: number) => {
      const kind = kinds[number % kinds.length] as string
      const frame = malformed[kind]?.(random) as Malformed
      const fault = await faultIn(attacked.port, random.pick(everywhere), frame, random)
      tally.count(!fault, `${kind}: ${fault}`)
    }
    await concurrently(sizes[size] / 10, 50, attack)
    await attacked.begin()
    await concurrently(sizes[size], 50, attack)
    await attacked.judge(tally)
    return tally
  },
} satisfies Battery
