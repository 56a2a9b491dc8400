/** Frames that say they are larger than they may be, with nothing behind the header, with all of it, and without an end. */
import { limits } from '../../../../src/shared/protocol/limits.ts'
import { type Battery, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { concurrently } from '../../socket/concurrently.ts'
import { fragmentsOf, frameOf, opcodes } from '../../socket/frames.ts'
import { RawConnection, upgradeRequest } from '../../socket/raw-connection.ts'

const kilobyte = 1024
const megabyte = 1024 * kilobyte
const counts = { smallest: 30, short: 200, long: 2_000 }
/** Those who go on sending whatever they are told, until they are cut off. */
const endless = { smallest: 1, short: 3, long: 20 }
const chunk = Buffer.alloc(64 * kilobyte, 'x')

const declared = [limits.maxFrameBytes + 1, 64 * kilobyte, megabyte, 100 * megabyte]

/** Sends what follows the header until enough was sent or the server has hung up. */
async function pour(raw: RawConnection, bytes: number): Promise<void> {
  for (let sent = 0; sent < bytes && !raw.isOver; sent += chunk.length) await raw.push(chunk)
}

type Way = (raw: RawConnection, size: number) => Promise<void>

const ways: Record<string, Way> = {
  'the header alone': async (raw, size) => raw.push(frameOf({ opcode: opcodes.binary, declared: size })),
  'the header and all that it says': async (raw, size) => {
    await raw.push(frameOf({ opcode: opcodes.binary, declared: size }))
    await pour(raw, Math.min(size, 4 * megabyte))
  },
  'fragments of which the last is too large': async (raw, size) => {
    const [first = chunk] = fragmentsOf(opcodes.text, ['begun', 'never sent'])
    await raw.push(Buffer.concat([first, frameOf({ opcode: opcodes.continuation, declared: size })]))
  },
}

const tries = Object.entries(ways).flatMap(([name, way]) =>
  declared.map((declaredSize) => ({ name, way, declaredSize })),
)

export default {
  what: 'Frames of 32 KiB + 1, 1 MiB and 100 MiB: they end with 1009 at the header, and nothing of them is kept.',
  atLeast: counts,
  async run(size, t) {
    const attacked = await AttackedServer.open(t)
    const tally = new Tally()
    const attack = async (number: number) => {
      const raw = new RawConnection(attacked.port)
      raw.write(upgradeRequest())
      await raw.answered()
      const { name, way, declaredSize } = tries[number % tries.length] as (typeof tries)[number]
      const sending = way(raw, declaredSize)
      await raw.closed()
      raw.reset()
      await sending
      tally.count(raw.closeCode === 1009, `${declaredSize} bytes, ${name}: ${raw.closeCode}. ${raw.fault ?? ''}`)
    }
    const pourForEver = async () => {
      const raw = new RawConnection(attacked.port)
      await raw.push(upgradeRequest())
      await raw.push(frameOf({ declared: 100 * megabyte }))
      await pour(raw, Number.POSITIVE_INFINITY)
      tally.count(raw.closeCode === 1009, `Poured without an end: ${raw.closeCode}. ${raw.fault ?? ''}`)
    }
    await concurrently(counts[size] / 10, 20, attack)
    await attacked.begin()
    await Promise.all([concurrently(counts[size], 20, attack), concurrently(endless[size], endless[size], pourForEver)])
    await attacked.judge(tally)
    return tally
  },
} satisfies Battery
