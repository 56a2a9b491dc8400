/** A TCP reset at any moment of an upgrade, which has ended many a chat server before anybody had signed in. */
import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../../../../src/shared/protocol/limits.ts'
import { type Battery, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { concurrently } from '../../socket/concurrently.ts'
import { frameOf } from '../../socket/frames.ts'
import { RawConnection, upgradeRequest } from '../../socket/raw-connection.ts'
import { SeededRandom } from '../../socket/seeded-random.ts'

const sizes = { smallest: 200, short: 2_000, long: 20_000 }
const users = 10
const chatFrame = frameOf({ payload: JSON.stringify({ type: 'open', room: 'lobby' }) })

type Moment = (raw: RawConnection, request: Buffer, random: SeededRandom) => Promise<void> | void

/** How far one goes before the reset. */
const moments: Record<string, Moment> = {
  'before a byte was sent': () => {},
  'when the line is open': async (raw) => {
    await new Promise((resolve) => raw.socket.once('connect', resolve).once('close', resolve))
  },
  'in the request line': (raw, request, random) => raw.push(request.subarray(0, random.between(1, 20))),
  'in the headers': (raw, request, random) => raw.push(request.subarray(0, random.between(20, request.length - 1))),
  'in the turn of the request': (raw, request) => raw.write(request),
  'when the request is on its way': (raw, request) => raw.push(request),
  'when the request and a frame are on their way': (raw, request) => raw.push(Buffer.concat([request, chatFrame])),
  'when the answer has come': async (raw, request) => {
    raw.write(request)
    await raw.answered()
  },
  'when a frame has followed': async (raw, request) => {
    raw.write(request)
    await raw.answered()
    await raw.push(chatFrame)
  },
  'when a frame has been answered': async (raw, request) => {
    raw.write(Buffer.concat([request, chatFrame]))
    await raw.until(() => raw.frames.length > 0)
  },
}

/** One new connection a second is accepted. */
const comeBackMs = 1_000
const maxRefused = 120

async function cookiesOf(attacked: AttackedServer): Promise<string[]> {
  return await Promise.all(Array.from({ length: users }, (_, i) => attacked.signIn(`hasty ${i}`)))
}

/** Valid ones, forged ones, none, and the echo, which asks for none. */
function requestsWith(cookies: string[], random: SeededRandom): Buffer[] {
  const forged = cookies.map(() => `identity=${random.bytes(32).toString('base64url')}`)
  const chats = [...cookies, ...forged, 'identity=x', undefined].flatMap((cookie) =>
    ['chat.v1', undefined].map((protocol) => upgradeRequest({ path: '/ws/chat', protocol, cookie })),
  )
  return [...chats, upgradeRequest(), upgradeRequest({ path: '/ws/nowhere' })].map((request) => Buffer.from(request))
}

/**
 * As many connections as a user may have. New ones have a rate that the resets have used up, so a refused client tries again.
 * @returns how many of them were accepted
 */
async function placesFor(attacked: AttackedServer, cookie: string): Promise<number> {
  const wires: RawConnection[] = []
  for (let refused = 0; wires.length < limits.maxConnectionsPerUser && refused < maxRefused; ) {
    const raw = new RawConnection(attacked.port)
    raw.write(upgradeRequest({ path: '/ws/chat', protocol: 'chat.v1', cookie }))
    await raw.answered()
    if (raw.status === 101) {
      wires.push(raw)
      continue
    }
    raw.reset()
    refused++
    await sleep(comeBackMs)
  }
  for (const raw of wires) raw.reset()
  return wires.length
}

export default {
  what: 'TCP resets at every moment of an upgrade: the server runs on and releases everything.',
  atLeast: sizes,
  async run(size, t) {
    const attacked = await AttackedServer.open(t)
    const tally = new Tally()
    const random = new SeededRandom()
    tally.notes.push(`seed ${random.seed}`)
    const cookies = await cookiesOf(attacked)
    const requests = requestsWith(cookies, random)
    const attack = async (number: number) => {
      const [name, moment] = Object.entries(moments)[number % Object.keys(moments).length] as [string, Moment]
      const raw = new RawConnection(attacked.port)
      await moment(raw, random.pick(requests), random)
      raw.reset()
      await raw.over()
      tally.count(!raw.fault, `A reset ${name}: ${raw.fault}`)
    }
    await concurrently(sizes[size] / 10, 50, attack)
    await attacked.begin()
    await concurrently(sizes[size], 50, attack)
    await attacked.settle()
    for (const places of await Promise.all(cookies.map((cookie) => placesFor(attacked, cookie)))) {
      tally.count(places === limits.maxConnectionsPerUser, `After the resets, a user had ${places} places left.`)
    }
    await attacked.judge(tally)
    return tally
  },
} satisfies Battery
