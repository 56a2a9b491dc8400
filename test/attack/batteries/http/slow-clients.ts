import { connect } from 'node:net'
import { patience } from '../../../../src/server/http/server.ts'
import { type Battery, Tally } from '../../battery.ts'
import { faultsInHead } from '../../http/headers.ts'
import { parseAnswer, type RawAnswer, requestOf, sendRaw } from '../../http/raw.ts'
import { AttackedPages } from '../../server/attacked-pages.ts'

const ofEach = { smallest: 2, short: 30, long: 1_500 }
const comeAtOnce = 100
const paceMs = 500
/** Extra time, since a busy machine is late. */
const graceMs = 100_000
const maxGrowth = 300

/** A slow client. */
interface Slow {
  begins: string
  /** What it sends next, bit by bit. */
  goesOn?: string
  /** How long the server waits for it. */
  withinMs: number
  /** The status of its answer. */
  status: number
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n`
const form = 'POST /signin HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n'

const slowOnes: Record<string, Slow> = {
  'says nothing': { begins: '', withinMs: patience.head, status: 408 },
  'stops in the middle of a line': { begins: 'GET /sig', withinMs: patience.head, status: 408 },
  'has a slow header': { begins: `${get('/')}X: `, goesOn: 'x', withinMs: patience.head, status: 408 },
  'has many headers': { begins: get('/'), goesOn: 'X: x\r\n', withinMs: patience.head, status: 408 },
  'has a slow form': {
    begins: `${form}Content-Length: 900\r\n\r\n`,
    goesOn: 'x',
    withinMs: patience.request,
    status: 408,
  },
  'has a form that does not come': {
    begins: `${form}Content-Length: 9\r\n\r\n`,
    withinMs: patience.request,
    status: 408,
  },
  'has slow chunks': {
    begins: `${form}Transfer-Encoding: chunked\r\n\r\n`,
    goesOn: '1\r\nx\r\n',
    withinMs: patience.request,
    status: 408,
  },
}

/** These have a longer limit, and are tried in the long form only. */
const idleOne: Record<string, Slow> = {
  'asks for nothing more': { begins: `${get('/healthz')}\r\n`, withinMs: patience.next, status: 200 },
}

export default {
  what: 'Requests sent bit by bit or not at all, and idle connections: each is closed in time, and other clients are served.',
  atLeast: { smallest: 14, short: 200, long: 10_000 },

  async run(size, t) {
    const tally = new Tally()
    const attacked = await AttackedPages.open(t)
    const slow = Object.entries(size === 'long' ? { ...slowOnes, ...idleOne } : slowOnes)
    const all = slow.flatMap(([name, one]) => Array.from({ length: ofEach[size] }, () => ({ name, ...one })))
    const trials: Promise<void>[] = []
    for (let at = 0; at < all.length; at += comeAtOnce) {
      trials.push(...all.slice(at, at + comeAtOnce).map(tryOne))
      // The system drops connections while too many wait to be accepted; a silent one was then never accepted.
      await sendRaw(attacked.port, requestOf('GET', '/healthz'))
    }
    await Promise.all(trials)
    await attacked.judge(tally, maxGrowth)
    return tally

    async function tryOne({ name, ...one }: Slow & { name: string }): Promise<void> {
      const fault = await faultIn(attacked.port, one)
      tally.count(!fault, `A client that ${name}: ${fault}`)
    }
  },
} satisfies Battery

async function faultIn(port: number, slow: Slow): Promise<string | undefined> {
  const answer = await takeTime(port, slow)
  if (!answer) return `still there after ${(slow.withinMs + graceMs) / 1_000} s`
  // A client that is still sending when it is cut may be reset before it has read why.
  if (answer.status === 0 && slow.goesOn) return undefined
  if (answer.status !== slow.status) return `answered with ${answer.status}`
  return faultsInHead(answer).join('; ') || undefined
}

/** @returns what came until it was cut; nothing if it was not */
async function takeTime(port: number, { begins, goesOn, withinMs }: Slow): Promise<RawAnswer | undefined> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.write(begins)
  const going = goesOn && setInterval(() => socket.write(goesOn), paceMs)
  const isCut = await new Promise<boolean>((resolve) => {
    const giveUp = setTimeout(() => resolve(false), withinMs + graceMs)
    socket.once('close', () => {
      clearTimeout(giveUp)
      resolve(true)
    })
  })
  if (going) clearInterval(going)
  socket.destroy()
  return isCut ? parseAnswer(Buffer.concat(chunks)) : undefined
}
