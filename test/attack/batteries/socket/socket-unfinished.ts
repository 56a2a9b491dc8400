/** Messages that begin and never end, on many connections at once: what they hold must be little, and not for long. */
import { closeCodes } from '../../../../src/shared/protocol/close-codes.ts'
import { limits } from '../../../../src/shared/protocol/limits.ts'
import { type Battery, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { concurrently } from '../../socket/concurrently.ts'
import { fragmentsOf, frameOf, opcodes } from '../../socket/frames.ts'
import { RawConnection, upgradeRequest } from '../../socket/raw-connection.ts'

const sizes = { smallest: 21, short: 200, long: 900 }
/** As many packets as the server takes for one message, almost; a packet each costs the attacker something, too. */
const maxPackets = { smallest: 100, short: 500, long: 4_000 }
const maxFragments = 32

const { text, binary, ping } = opcodes

type Way = (raw: RawConnection, packets: number) => Promise<void>

const ways: Record<string, Way> = {
  'a byte of a header': (raw) => raw.push(frameOf().subarray(0, 1)),
  'a header without its mask': (raw) => raw.push(frameOf({ declared: 1_000 }).subarray(0, 5)),
  'a ping without its payload': (raw) => raw.push(frameOf({ opcode: ping, declared: 125 })),
  'all but the last byte': (raw) =>
    raw.push(frameOf({ payload: Buffer.alloc(limits.maxFrameBytes, 'x') }).subarray(0, -1)),
  'all but the last fragment': (raw) =>
    raw.push(Buffer.concat(fragmentsOf(binary, Array<string>(maxFragments).fill('x')).slice(0, -1))),
  async 'a byte in each packet'(raw, packets) {
    // Under a mask that changes nothing, so that what follows is the text that it looks like.
    await raw.push(frameOf({ declared: limits.maxFrameBytes, mask: new Uint8Array(4) }))
    for (let i = 0; i < packets && !raw.isOver; i++) await raw.push('x')
  },
  async 'a fragment in each packet, and pings between them'(raw) {
    const fragments = fragmentsOf(text, Array<string>(maxFragments).fill('x')).slice(0, -1)
    for (const fragment of fragments) await raw.push(Buffer.concat([fragment, frameOf({ opcode: ping })]))
  },
}

export default {
  what: 'Messages that are never finished: they end with 4108, and use little memory until then.',
  atLeast: sizes,
  async run(size, t) {
    const attacked = await AttackedServer.open(t)
    const tally = new Tally()
    const attack = async (number: number) => {
      const [name, way] = Object.entries(ways)[number % Object.keys(ways).length] as [string, Way]
      const raw = new RawConnection(attacked.port)
      raw.write(upgradeRequest())
      await raw.answered()
      await way(raw, maxPackets[size])
      const code = await raw.closed()
      raw.reset()
      tally.count(code === closeCodes.unresponsive, `${name}: ${code}. ${raw.fault ?? ''}`)
    }
    await attacked.begin()
    await concurrently(sizes[size], sizes[size], attack)
    await attacked.judge(tally)
    return tally
  },
} satisfies Battery
