/** Frames that say they are larger than they may be, with nothing behind the header, with all of it, and without an end. */
import { limits } from '../../../../src/shared/protocol.ts'
import { type Battery, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { crowd } from '../../socket/crowd.ts'
import { fragmentsOf, frameOf, opcodes } from '../../socket/frames.ts'
import { upgradeRequest, Wire } from '../../socket/wire.ts'

const kilobyte = 1024
const megabyte = 1024 * kilobyte
const counts = { smallest: 30, short: 200, long: 2_000 }
/** Those who go on sending whatever they are told, until they are cut off. */
const endless = { smallest: 1, short: 3, long: 20 }
const chunk = Buffer.alloc(64 * kilobyte, 'x')

const declared = [limits.maxFrameBytes + 1, 64 * kilobyte, megabyte, 100 * megabyte]

/** Sends what follows the header until enough was sent or the server has hung up. */
async function pour(wire: Wire, bytes: number): Promise<void> {
  for (let sent = 0; sent < bytes && !wire.isOver; sent += chunk.length) await wire.push(chunk)
}

type Way = (wire: Wire, size: number) => Promise<void>

const ways: Record<string, Way> = {
  'the header alone': async (wire, size) => wire.push(frameOf({ opcode: opcodes.binary, declared: size })),
  'the header and all that it says': async (wire, size) => {
    await wire.push(frameOf({ opcode: opcodes.binary, declared: size }))
    await pour(wire, Math.min(size, 4 * megabyte))
  },
  'fragments of which the last is too large': async (wire, size) => {
    const [first = chunk] = fragmentsOf(opcodes.text, ['begun', 'never sent'])
    await wire.push(Buffer.concat([first, frameOf({ opcode: opcodes.continuation, declared: size })]))
  },
}

const tries = Object.entries(ways).flatMap(([name, way]) =>
  declared.map((declaredSize) => ({ name, way, declaredSize })),
)

export default {
  what: 'Frames of 32 KiB + 1, 1 MiB and 100 MiB: 1009 at the header, and nothing of them is kept.',
  atLeast: counts,
  async run(size, t) {
    const attacked = await AttackedServer.open(t)
    const tally = new Tally()
    const attack = async (number: number) => {
      const wire = new Wire(attacked.port)
      wire.write(upgradeRequest())
      await wire.answered()
      const { name, way, declaredSize } = tries[number % tries.length] as (typeof tries)[number]
      const sending = way(wire, declaredSize)
      await wire.closed()
      wire.reset()
      await sending
      tally.count(wire.closeCode === 1009, `${declaredSize} bytes, ${name}: ${wire.closeCode}. ${wire.fault ?? ''}`)
    }
    const pourForEver = async () => {
      const wire = new Wire(attacked.port)
      await wire.push(upgradeRequest())
      await wire.push(frameOf({ declared: 100 * megabyte }))
      await pour(wire, Number.POSITIVE_INFINITY)
      tally.count(wire.closeCode === 1009, `Poured without an end: ${wire.closeCode}. ${wire.fault ?? ''}`)
    }
    await crowd(counts[size] / 10, 20, attack)
    await attacked.begin()
    await Promise.all([crowd(counts[size], 20, attack), crowd(endless[size], endless[size], pourForEver)])
    await attacked.judge(tally)
    return tally
  },
} satisfies Battery
