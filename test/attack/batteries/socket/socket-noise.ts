/** Bytes that mean nothing: instead of a request, in a request, and after the upgrade. */
import { type Battery, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { Chance } from '../../socket/chance.ts'
import { crowd } from '../../socket/crowd.ts'
import { upgradeRequest, Wire } from '../../socket/wire.ts'

const mostBytes = 2_048
const mostPieces = 4
const sizes = { smallest: 200, short: 2_000, long: 100_000 }

type Noise = (chance: Chance, request: Buffer) => Buffer

/** What comes before any upgrade. */
const instead: Noise[] = [
  () => Buffer.alloc(0),
  (chance) => chance.bytes(chance.below(mostBytes)),
  (chance) => Buffer.concat([Buffer.from('GET /ws/chat '), chance.bytes(chance.below(mostBytes))]),
  (chance) => Buffer.from(Array.from({ length: chance.below(20) }, () => lineOf(chance)).join('\r\n')),
  (chance, request) => changed(chance, request),
  (chance, request) => request.subarray(0, chance.below(request.length)),
  (chance, request) =>
    Buffer.concat([request.subarray(0, -2), Buffer.from(`${lineOf(chance)}: x\r\n`.repeat(chance.between(65, 200)))]),
  (chance, request) => Buffer.concat([request, chance.bytes(chance.below(mostBytes))]),
]

function lineOf(chance: Chance): string {
  return String.fromCharCode(...Array.from({ length: chance.below(80) }, () => chance.between(32, 126)))
}

function changed(chance: Chance, request: Buffer): Buffer {
  const copy = Buffer.from(request)
  for (let i = chance.between(1, 4); i > 0; i--) copy[chance.below(copy.length)] = chance.below(256)
  return copy
}

/** Sends it, leaves in one way or another, and waits until the server has hung up too. @returns what was wrong */
async function disturb(port: number, request: Buffer, chance: Chance): Promise<string | undefined> {
  const wire = new Wire(port)
  const isAfter = chance.isIn(2)
  const noise = isAfter ? chance.bytes(chance.between(1, mostBytes)) : chance.pick(instead)(chance, request)
  if (isAfter) {
    wire.write(request)
    await wire.answered()
  }
  for (const piece of chance.pieces(noise, mostPieces)) await wire.push(piece)
  if (chance.isIn(2)) wire.reset()
  else wire.socket.end()
  await wire.over()
  return (
    wire.fault && `${wire.fault} It was sent ${isAfter ? 'after' : 'before'} the upgrade: ${noise.toString('base64')}`
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
  what: 'Bytes that mean nothing, before and after the upgrade: the server hangs up and lives on, and nobody else notices.',
  atLeast: sizes,
  async run(size, t) {
    const attacked = await AttackedServer.open(t)
    const tally = new Tally()
    const chance = new Chance()
    tally.notes.push(`seed ${chance.seed}`)
    const requests = await requestsTo(attacked)
    const attack = async () => {
      const fault = await disturb(attacked.port, chance.pick(requests), chance)
      tally.count(!fault, fault ?? '')
    }
    await crowd(sizes[size] / 10, 50, attack)
    await attacked.begin()
    await crowd(sizes[size], 50, attack)
    await attacked.judge(tally)
    return tally
  },
} satisfies Battery
