/** Floods: of each command there is, of pings and pongs, of answers that nobody reads, and of comings and goings. */
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { closeCodes } from '../../../../src/shared/protocol/close-codes.ts'
import { type Battery, premise, type Size, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { commandTypes, goodCommand } from '../../socket/commands.ts'
import { concurrently } from '../../socket/concurrently.ts'
import { frameOf, opcodes } from '../../socket/frames.ts'
import { type Heard, RawConnection, upgradeRequest } from '../../socket/raw-connection.ts'
import { SeededRandom } from '../../socket/seeded-random.ts'

/** How many do the same at once: half of them one user, half of them many. */
const floodersEach = { smallest: 1, short: 2, long: 40 }
const people = 20
const framesAtOnce = 100
/** Limits refill with time: on a busy machine more frames pass before the flood ends. None may last as long as this. */
const maxFrames = 50_000
/** So many are sent before the first answer is read. */
const unreadFrames = { smallest: 2_000, short: 20_000, long: 20_000 }
const pagesAtOnce = 40
const longRoom = 'long'
const readers = { smallest: 4, short: 20, long: 60 }
const visits = { smallest: 20, short: 200, long: 5_000 }

interface Flood {
  protocol?: string | undefined
  isUnread?: boolean
  frame(number: number): Buffer
}

function floods(seed: number): Record<string, Flood> {
  const commandsOf = (type: string): Flood => {
    const samples = fc.sample(goodCommand(type), { numRuns: framesAtOnce, seed })
    const payloads = samples.map((command) =>
      JSON.stringify({ ...command, ...('room' in command && { room: 'lobby' }) }),
    )
    return {
      protocol: 'chat.v1',
      frame: (number) => frameOf({ payload: payloads[number % payloads.length] as string }),
    }
  }
  return {
    ...Object.fromEntries(commandTypes.map((type) => [`the command ${type}`, commandsOf(type)])),
    'new rooms': { protocol: 'chat.v1', frame: (i) => frameOf({ payload: `{"type":"open","room":"room ${i}"}` }) },
    nonsense: { protocol: 'chat.v1', frame: () => frameOf({ payload: 'nonsense' }) },
    'classic messages': { frame: (i) => frameOf({ payload: `message ${i}` }) },
    'empty classic messages': { frame: () => frameOf() },
    pings: { protocol: 'chat.v1', frame: () => frameOf({ opcode: opcodes.ping }) },
    pongs: { protocol: 'chat.v1', frame: () => frameOf({ opcode: opcodes.pong }) },
    'pings whose answers are not read': {
      protocol: 'chat.v1',
      isUnread: true,
      frame: () => frameOf({ opcode: opcodes.ping, payload: Buffer.alloc(125) }),
    },
  }
}

/** @returns what was wrong, in a sentence */
async function flood(
  port: number,
  cookie: string,
  { protocol, isUnread, frame }: Flood,
  size: Size,
): Promise<string | undefined> {
  const raw = new RawConnection(port)
  await enter(raw, cookie, protocol)
  if (isUnread) raw.socket.pause()
  let sent = 0
  for (; sent < maxFrames && raw.closeCode === undefined && !raw.isOver; sent += framesAtOnce) {
    if (sent >= unreadFrames[size]) raw.socket.resume()
    await raw.push(Buffer.concat(Array.from({ length: framesAtOnce }, (_, i) => frame(sent + i))))
    // What comes back is read in between, the close above all.
    await setImmediate()
  }
  raw.socket.resume()
  // What was sent may still lie between the two: a busy server closes when it comes to it.
  await raw.closed()
  raw.reset()
  // Of one user who floods again and again new connections are refused, or put off before they are told anything.
  const isPutOff = raw.closeCode === closeCodes.restart && raw.heard[0]?.type === 'bye'
  const isOneTooMany = raw.status === 429 || raw.closeCode === closeCodes.tooManyConnections
  if (isOneTooMany || isPutOff) return undefined
  if (raw.closeCode !== closeCodes.flood) return `closed with ${raw.closeCode} after ${sent} frames. ${raw.fault ?? ''}`
  const errors = raw.heard.filter(({ type }) => type === 'error')
  const wrong = errors.find(
    ({ code, retryAfterMs }) => code === 'internal' || (code === 'too-fast' && !isTime(retryAfterMs)),
  )
  return wrong && `it was answered ${JSON.stringify(wrong)}`
}

const isTime = (ms: unknown) => Number.isSafeInteger(ms) && Number(ms) > 0

/** Connects and opens the room; a classic connection has the lobby open anyway. The user may be leaving it on another connection. */
async function enter(raw: RawConnection, cookie: string, protocol?: string, room = 'lobby'): Promise<void> {
  raw.write(upgradeRequest({ path: '/ws/chat', protocol, cookie }))
  await raw.answered()
  if (protocol) raw.write(frameOf({ payload: JSON.stringify({ type: 'open', room }) }))
  const answers = protocol ? ['opened', 'error'] : ['list', 'error']
  await raw.until(() => raw.heard.some(({ type }) => answers.includes(type)))
}

/** Everybody writes as much as they may at once, so that a page of that room is a large one. */
async function fill(port: number, cookies: string[]): Promise<void> {
  for (const cookie of cookies) {
    const raw = new RawConnection(port)
    await enter(raw, cookie, 'chat.v1', longRoom)
    for (let i = 0; i < 10; i++) {
      const message = { type: 'chat', room: longRoom, key: `fill ${i}`, data: '茶'.repeat(4_000) }
      raw.write(frameOf({ payload: JSON.stringify(message) }))
    }
    await raw.until(() => raw.heard.filter(({ type }) => type === 'sent').length >= 10)
    raw.reset()
  }
}

/** Requests everything repeatedly, and reads none of it until the ordinary users have exchanged some messages. */
async function readNothing(attacked: AttackedServer, cookie: string): Promise<string | undefined> {
  const raw = new RawConnection(attacked.port)
  await enter(raw, cookie, 'chat.v1', longRoom)
  raw.socket.pause()
  const page = frameOf({ payload: JSON.stringify({ type: 'history', room: longRoom }) })
  await raw.push(Buffer.concat(Array<Buffer>(pagesAtOnce).fill(page)))
  await attacked.goesOn()
  raw.socket.resume()
  await raw.until(() => answersOf(raw).length >= pagesAtOnce)
  raw.reset()
  return raw.fault ?? (raw.closeCode === undefined ? undefined : `closed with ${raw.closeCode}`)
}

/** Pages, and refusals of those for which it was too soon. */
function answersOf(raw: RawConnection): Heard[] {
  return raw.heard.filter(({ type }) => type === 'history' || type === 'error')
}

export default {
  what: 'Floods of frames: they end with 4129 and a waiting time, and unread output does not pile up.',
  atLeast: { smallest: 50, short: 270, long: 6_000 },
  async run(size, t) {
    const attacked = await AttackedServer.open(t)
    const tally = new Tally()
    const { seed } = new SeededRandom()
    tally.notes.push(`seed ${seed}`)
    const cookies = await Promise.all(Array.from({ length: people }, (_, i) => attacked.signIn(`busy ${i}`)))
    const [first = ''] = cookies
    await fill(attacked.port, cookies)
    await attacked.begin()

    await concurrently(readers[size], readers[size], async (number) => {
      const fault = await readNothing(attacked, cookies[number % people] as string)
      tally.count(!fault, `A client that read nothing for a while: ${fault}`)
    })
    const all = Object.entries(floods(seed))
    premise(all.length > commandTypes.length, 'there are floods of each command')
    await concurrently(all.length * floodersEach[size], 10, async (number) => {
      const [name, one] = all[number % all.length] as (typeof all)[number]
      const cookie = number < (all.length * floodersEach[size]) / 2 ? first : (cookies[number % people] as string)
      const fault = await flood(attacked.port, cookie, one, size)
      tally.count(!fault, `A flood of ${name}: ${fault}`)
    })
    await concurrently(visits[size], 40, async (number) => {
      const raw = new RawConnection(attacked.port)
      await enter(raw, cookies[number % people] as string, 'chat.v1')
      raw.reset()
      tally.count(!raw.fault, `A client that connected and left: ${raw.fault}`)
    })
    await attacked.judge(tally)
    return tally
  },
} satisfies Battery
