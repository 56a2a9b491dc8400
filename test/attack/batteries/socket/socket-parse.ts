/** JSON of any shape, given to the parser of frames itself: by the million, which sockets are too slow for. */
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { parseCommand, parseFrame, referenceOf } from '../../../../src/shared/protocol/commands.ts'
import { ChatError, type ErrorCode } from '../../../../src/shared/protocol/errors.ts'
import { type Battery, Tally } from '../../battery.ts'
import { fieldsOf, hostileFrame } from '../../socket/commands.ts'
import { type Counts, count, inWords } from '../../socket/counts.ts'
import { SeededRandom } from '../../socket/seeded-random.ts'

const sizes = { smallest: 5_000, short: 100_000, long: 1_000_000 }
/** Others attack in the same process, and want their turn. */
const atOnce = 500
const refusals: ErrorCode[] = ['bad-frame', 'unknown-type', 'bad-field', 'too-long']

const prototypeKeys = () => Reflect.ownKeys(Object.prototype).map(String).join()

/** @returns what came of it: a command, or the code with which it was refused; anything else is a fault of ours */
function outcomeOf(text: string): string {
  try {
    const frame = parseFrame(text)
    JSON.stringify(referenceOf(frame))
    const command = parseCommand(frame)
    const unknown = Object.keys(command).filter((name) => !fieldsOf(command.type).includes(name))
    if (unknown.length) return `a command with the fields ${unknown}`
    return Object.getPrototypeOf(command) === Object.prototype ? 'command' : 'a command of another kind'
  } catch (error) {
    return error instanceof ChatError ? error.code : String(error)
  }
}

export default {
  what: 'JSON of any shape: it parses to a command with known fields, or is refused with one of four codes.',
  atLeast: sizes,
  async run(size) {
    const tally = new Tally()
    const { seed } = new SeededRandom()
    const before = prototypeKeys()
    const counts: Counts = {}
    for (let round = 0; tally.tried < sizes[size]; round++) {
      for (const text of fc.sample(hostileFrame, { numRuns: atOnce, seed: seed + round })) {
        const outcome = outcomeOf(text)
        count(counts, outcome)
        const isWithstood = outcome === 'command' || refusals.some((code) => code === outcome)
        tally.count(isWithstood, `${outcome}: ${text.slice(0, 300)}`)
      }
      await setImmediate()
    }
    if (prototypeKeys() !== before) tally.failed.push(`Every object has ${prototypeKeys()}.`)
    tally.notes.push(`seed ${seed}`, inWords(counts))
    return tally
  },
} satisfies Battery
