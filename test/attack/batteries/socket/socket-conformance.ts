/** Each case of RFC 6455 against `/ws/echo`, in three deliveries: all at once, frame by frame, and octet by octet. */
import { type Battery, share, Tally } from '../../battery.ts'
import { AttackedServer } from '../../server/attacked-server.ts'
import { concurrently } from '../../socket/concurrently.ts'
import { type Case, conformanceCases } from '../../socket/conformance-cases.ts'
import { closeFrameOf, opcodes } from '../../socket/frames.ts'
import { RawConnection, upgradeRequest } from '../../socket/raw-connection.ts'

const goodbye = closeFrameOf(1000)
/** More of them would not be another case, only a slower one. */
const maxOctets = 300

const deliveries: Record<string, (bytes: Buffer[]) => Buffer[]> = {
  'all at once': (frames) => [Buffer.concat(frames)],
  'frame by frame': (frames) => frames,
  'octet by octet': (frames) => [...Buffer.concat(frames)].map((octet) => Buffer.of(octet)),
}

function isWorthIt({ sends }: Case, delivery: string): boolean {
  return delivery !== 'octet by octet' || Buffer.concat(sends).length <= maxOctets
}

/** @returns what was wrong, in a sentence; undefined when all was right */
async function faultIn(
  { name, sends, answers, closes }: Case,
  delivery: string,
  port: number,
): Promise<string | undefined> {
  const raw = new RawConnection(port)
  raw.write(upgradeRequest())
  await raw.answered()
  if (!raw.isAccepted) return `${name}: the upgrade was answered with ${raw.status}.`
  const frames = closes === undefined ? [...sends, goodbye] : sends
  for (const piece of deliveries[delivery]?.(frames) ?? []) await raw.push(piece)
  await raw.closed()
  raw.reset()
  const expected = [...answers.map(({ opcode, payload }) => told(opcode, payload)), `close ${closes ?? 1000}`].join(
    ', ',
  )
  const came = raw.frames.map(({ opcode, payload }) => told(opcode, payload)).join(', ')
  if (came === expected && !raw.fault) return undefined
  return `${name}, ${delivery}: expected ${expected}, got ${came || 'nothing'}. ${raw.fault ?? ''}`
}

function told(opcode: number, payload: Buffer): string {
  if (opcode !== opcodes.close) return `${opcode} of ${payload.length} bytes ${payload.toString('hex', 0, 80)}`
  return `close ${payload.length ? payload.readUInt16BE(0) : 1005}`
}

export default {
  what: 'The cases 1 to 7 of the Autobahn test suite: the server answers as RFC 6455 says.',
  atLeast: { smallest: 180, short: 2_000, long: 2_000 },
  async run(size, t) {
    const attacked = await AttackedServer.open(t)
    const tally = new Tally()
    const cases = conformanceCases()
    const all = Object.keys(deliveries).flatMap((delivery) =>
      cases.filter((one) => isWorthIt(one, delivery)).map((one) => ({ one, delivery })),
    )
    const tries = share(size, 11, all)
    await attacked.begin()
    await concurrently(tries.length, 32, async (number) => {
      const { one, delivery } = tries[number] as (typeof tries)[number]
      const fault = await faultIn(one, delivery, attacked.port)
      tally.count(!fault, fault ?? '')
    })
    await attacked.judge(tally)
    tally.notes.push(`${cases.length} cases, in up to three deliveries`)
    return tally
  },
} satisfies Battery
