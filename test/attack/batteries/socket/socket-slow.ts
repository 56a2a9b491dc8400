/** Those who take their time: requests that never get to their end, and connections on which nothing happens. */
import { setTimeout } from 'node:timers/promises'
import { type Battery, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { frameOf } from '../../socket/frames.ts'
import { upgradeRequest, Wire } from '../../socket/wire.ts'

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
  what: 'Upgrades that come byte by byte or not at all: they are cut with 408, and those who are in and silent are not.',
  atLeast: sizes,
  async run(size, t) {
    const attacked = await AttackedServer.open(t)
    const tally = new Tally()
    await attacked.begin()
    const inside = Array.from({ length: idle[size] }, () => new Wire(attacked.port))
    for (const wire of inside) wire.write(upgradeRequest())
    await Promise.all(inside.map((wire) => wire.answered()))

    const takeTime = async (number: number) => {
      const [name, start] = beginnings[number % beginnings.length] as [string, string]
      const wire = new Wire(attacked.port)
      await wire.push(start)
      // Silent clients stay silent; the others send a header that is never complete.
      const dribbling = start && dribble(wire)
      await wire.over()
      await dribbling
      tally.count(wire.status === timeout && !wire.fault, `${name}: ${wire.status}. ${wire.fault ?? ''}`)
    }
    const all: Promise<void>[] = []
    while (all.length < sizes[size]) {
      for (let i = 0; i < atOnce && all.length < sizes[size]; i++) all.push(takeTime(all.length))
      await attacked.goesOn()
    }
    await Promise.all(all)

    for (const wire of inside) wire.write(frameOf({ payload: 'still here' }))
    for (const wire of inside) {
      await wire.until(() => wire.frames.length > 0)
      tally.count(`${wire.frames[0]?.payload}` === 'ECHO: still here', 'Somebody who was silent was cut.')
      wire.reset()
    }
    await attacked.judge(tally)
    return tally
  },
} satisfies Battery

async function dribble(wire: Wire): Promise<void> {
  while (!wire.isOver) {
    wire.write('x')
    await setTimeout(paceMs)
  }
}
