/** A TCP reset at any moment of an upgrade, which has ended many a chat server before anybody had signed in. */
import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../../../../src/shared/protocol.ts'
import { type Battery, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { Chance } from '../../socket/chance.ts'
import { crowd } from '../../socket/crowd.ts'
import { frameOf } from '../../socket/frames.ts'
import { upgradeRequest, Wire } from '../../socket/wire.ts'

const sizes = { smallest: 200, short: 2_000, long: 20_000 }
const users = 10
const chatFrame = frameOf({ payload: JSON.stringify({ type: 'open', room: 'lobby' }) })

type Moment = (wire: Wire, request: Buffer, chance: Chance) => Promise<void> | void

/** How far one goes before the reset. */
const moments: Record<string, Moment> = {
  'before a byte was sent': () => {},
  'when the line is open': async (wire) => {
    await new Promise((resolve) => wire.socket.once('connect', resolve).once('close', resolve))
  },
  'in the request line': (wire, request, chance) => wire.push(request.subarray(0, chance.between(1, 20))),
  'in the headers': (wire, request, chance) => wire.push(request.subarray(0, chance.between(20, request.length - 1))),
  'in the turn of the request': (wire, request) => wire.write(request),
  'when the request is on its way': (wire, request) => wire.push(request),
  'when the request and a frame are on their way': (wire, request) => wire.push(Buffer.concat([request, chatFrame])),
  'when the answer has come': async (wire, request) => {
    wire.write(request)
    await wire.answered()
  },
  'when a frame has followed': async (wire, request) => {
    wire.write(request)
    await wire.answered()
    await wire.push(chatFrame)
  },
  'when a frame has been answered': async (wire, request) => {
    wire.write(Buffer.concat([request, chatFrame]))
    await wire.until(() => wire.frames.length > 0)
  },
}

/** One new connection a second is let in. */
const comeBackMs = 1_000
const mostRefused = 120

async function cookiesOf(attacked: AttackedServer): Promise<string[]> {
  return await Promise.all(Array.from({ length: users }, (_, i) => attacked.signIn(`hasty ${i}`)))
}

/** Valid ones, forged ones, none, and the echo, which asks for none. */
function requestsWith(cookies: string[], chance: Chance): Buffer[] {
  const forged = cookies.map(() => `identity=${chance.bytes(32).toString('base64url')}`)
  const chats = [...cookies, ...forged, 'identity=x', undefined].flatMap((cookie) =>
    ['chat.v1', undefined].map((protocol) => upgradeRequest({ path: '/ws/chat', protocol, cookie })),
  )
  return [...chats, upgradeRequest(), upgradeRequest({ path: '/ws/nowhere' })].map((request) => Buffer.from(request))
}

/**
 * As many connections as a user may have. New ones have a rate that the resets have used up, so a refused client tries again.
 * @returns how many of them were let in
 */
async function placesFor(attacked: AttackedServer, cookie: string): Promise<number> {
  const wires: Wire[] = []
  for (let refused = 0; wires.length < limits.maxConnectionsPerUser && refused < mostRefused; ) {
    const wire = new Wire(attacked.port)
    wire.write(upgradeRequest({ path: '/ws/chat', protocol: 'chat.v1', cookie }))
    await wire.answered()
    if (wire.status === 101) {
      wires.push(wire)
      continue
    }
    wire.reset()
    refused++
    await sleep(comeBackMs)
  }
  for (const wire of wires) wire.reset()
  return wires.length
}

export default {
  what: 'TCP resets at every moment of an upgrade: the server lives on, and whatever they had taken is free again.',
  atLeast: sizes,
  async run(size, t) {
    const attacked = await AttackedServer.open(t)
    const tally = new Tally()
    const chance = new Chance()
    tally.notes.push(`seed ${chance.seed}`)
    const cookies = await cookiesOf(attacked)
    const requests = requestsWith(cookies, chance)
    const attack = async (number: number) => {
      const [name, moment] = Object.entries(moments)[number % Object.keys(moments).length] as [string, Moment]
      const wire = new Wire(attacked.port)
      await moment(wire, chance.pick(requests), chance)
      wire.reset()
      await wire.over()
      tally.count(!wire.fault, `A reset ${name}: ${wire.fault}`)
    }
    await crowd(sizes[size] / 10, 50, attack)
    await attacked.begin()
    await crowd(sizes[size], 50, attack)
    await attacked.settle()
    for (const places of await Promise.all(cookies.map((cookie) => placesFor(attacked, cookie)))) {
      tally.count(places === limits.maxConnectionsPerUser, `After the resets, a user had ${places} places left.`)
    }
    await attacked.judge(tally)
    return tally
  },
} satisfies Battery
