/** Those who take their time: requests that never get to their end, and connections on which nothing happens. */
import { setTimeout } from 'node:timers/promises'
import { type Battery, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { frameOf } from '../../socket/frames.ts'
import { RawConnection, upgradeRequest } from '../../socket/raw-connection.ts'

const sizes = { smallest: 20, short: 200, long: 4_000 }
const idle = { smallest: 10, short: 100, long: 800 }
const paceMs = 500
const timeout = 408

/** Fewer than wait in the kernel to be accepted: for one that is forgotten there, nobody can ever be cut. */
const atOnce = 400

/** What each sends before it begins to dribble. */
const beginnings = Object.entries({
  nothing: '',
  'half a request line': 'GET /ws/ch',
  'a request line': 'GET /ws/chat HTTP/1.1\r\n',
  'all but the end of a request': upgradeRequest().slice(0, -2),
})

export default {
  what: 'Upgrades sent byte by byte or not at all: they end with 408, and silent open sockets stay open.',
  atLeast: sizes,
  async run(size, t) {
    const attacked = await AttackedServer.open(t)
    const tally = new Tally()
    await attacked.begin()
    const inside = Array.from({ length: idle[size] }, () => new RawConnection(attacked.port))
    for (const raw of inside) raw.write(upgradeRequest())
    await Promise.all(inside.map((raw) => raw.answered()))

    const takeTime = async (number: number) => {
      const [name, start] = beginnings[number % beginnings.length] as [string, string]
      const raw = new RawConnection(attacked.port)
      await raw.push(start)
      // Silent clients stay silent; the others send a header that is never complete.
      const dribbling = start && dribble(raw)
      await raw.over()
      await dribbling
      tally.count(raw.status === timeout && !raw.fault, `${name}: ${raw.status}. ${raw.fault ?? ''}`)
    }
    const all: Promise<void>[] = []
    while (all.length < sizes[size]) {
      for (let i = 0; i < atOnce && all.length < sizes[size]; i++) all.push(takeTime(all.length))
      await attacked.goesOn()
    }
    await Promise.all(all)

    for (const raw of inside) raw.write(frameOf({ payload: 'still here' }))
    for (const raw of inside) {
      await raw.until(() => raw.frames.length > 0)
      tally.count(`${raw.frames[0]?.payload}` === 'ECHO: still here', 'A silent open socket was closed.')
      raw.reset()
    }
    await attacked.judge(tally)
    return tally
  },
} satisfies Battery

async function dribble(raw: RawConnection): Promise<void> {
  while (!raw.isOver) {
    raw.write('x')
    await setTimeout(paceMs)
  }
}
