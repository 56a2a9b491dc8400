/** Passwords: which may be chosen, how they are kept, and how one is compared with what was kept. */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import passwordsByUse from '@zxcvbn-ts/language-common/src/passwords.json' with { type: 'json' }
import { limits } from '../../shared/protocol/limits.ts'
import { characters, type Fault } from '../../shared/text.ts'
import { createTurns, TooBusy } from '../rate-limit/fair-queue.ts'
import { type Argon2, createArgon2 } from './argon2.ts'

export { TooBusy }

export interface Passwords {
  /** What is kept in place of the password, in the PHC string format. @param by for whom: see `InTurn` @throws {TooBusy} */
  hash(password: string, by?: string): Promise<string>
  /**
   * Whether the hash is that of the password. Without a hash, as there is none of a name that nobody has, the answer is no and
   * takes as long. @throws {TooBusy}
   */
  verify(password: string, hash: string | undefined, by?: string): Promise<boolean>
}

const minCharacters = limits.minPasswordCharacters
const maxCharacters = 1_024
/** OWASP ASVS 5.0, 6.2.4. */
const commonOnes = 3_000

const common = new Set(
  passwordsByUse
    .filter((password) => characters(password) >= minCharacters)
    .slice(0, commonOnes)
    .map(plain),
)

/** Why nobody may choose the password; undefined when its owner, who will be called `name`, may. */
export function faultInPassword(password: string, name: string): Fault | undefined {
  // Before it is normalized and counted: it may be as long as a request allows.
  if (password.length > 2 * maxCharacters) return tooLong
  const count = characters(normalized(password))
  if (count < minCharacters) return { text: 'passwordTooShort', values: { n: minCharacters } }
  if (count > maxCharacters) return tooLong
  if (plain(password) === plain(name)) return { text: 'passwordIsName' }
  if (common.has(plain(password))) return { text: 'passwordCommon' }
  return undefined
}

const tooLong: Fault = { text: 'passwordTooLong', values: { n: maxCharacters } }

/** So that it does not matter on which keyboard it was typed (NIST SP 800-63B, 3.1.1.2). */
function normalized(password: string): string {
  return password.normalize('NFKC')
}

function plain(password: string): string {
  return normalized(password).toLowerCase()
}

/** What argon2 costs: `memory` in KiB. */
interface Cost {
  memory: number
  passes: number
  parallelism: number
}

/** OWASP's first choice for a server. Hashes name their own, so it can be raised: the old ones stay good. */
const cost: Cost = { memory: 19 * 1024, passes: 2, parallelism: 1 }
const saltBytes = 16
const tagBytes = 32

/**
 * Each takes memory, and a core for 43 ms. A machine of two cores leaves one to the chat: it does 22 a second (45 with more cores), and the last of those who
 * wait gets its turn after 18 s. A school of which everybody signs in at once, 200 and then 10 a second, waits at most 9 s.
 */
const maxAtOnce = 2
const maxWaiting = 400
const workMs = 45
/** When other programs keep the machine busy, a hash takes longer. A connection would be closed after 30 s without an answer. */
const maxWaitMs = 20_000

/** Two need not wait for each other where there are cores enough. Exported for its test. */
export function hashesAtOnce(cores: number): number {
  return Math.min(maxAtOnce, Math.max(1, cores - 1))
}

export function createPasswords(): Passwords {
  const inTurn = createTurns({ maxAtOnce: hashesAtOnce(availableParallelism()), maxWaiting, workMs, maxWaitMs })
  const argon2 = createArgon2()
  const nobodys = formatted({ cost, salt: randomBytes(saltBytes), tag: randomBytes(tagBytes) })
  return {
    async hash(password, by = '') {
      const salt = randomBytes(saltBytes)
      const tag = await inTurn(by, () => tagOf(argon2, password, salt, tagBytes, cost))
      return formatted({ cost, salt, tag })
    },
    async verify(password, hash, by = '') {
      const kept = parsed(hash ?? nobodys)
      const tag = await inTurn(by, () => tagOf(argon2, password, kept.salt, kept.tag.length, kept.cost))
      return timingSafeEqual(tag, kept.tag) && hash !== undefined
    },
  }
}

function tagOf(argon2: Argon2, password: string, salt: Buffer, tagLength: number, cost: Cost): Promise<Buffer> {
  return argon2({ message: normalized(password), nonce: salt, tagLength, ...cost })
}

interface Kept {
  cost: Cost
  salt: Buffer
  tag: Buffer
}

const phc = /^\$argon2id\$v=19\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,8})\$([A-Za-z\d+/]{11,86})\$([A-Za-z\d+/]{16,86})$/

/** The PHC string format, as the reference implementation of argon2 writes it: base64 without `=`. */
function formatted({ cost: { memory, passes, parallelism }, salt, tag }: Kept): string {
  const [saltText, tagText] = [salt, tag].map((bytes) => bytes.toString('base64').replaceAll('=', ''))
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${saltText}$${tagText}`
}

function parsed(hash: string): Kept {
  const match = phc.exec(hash)
  // Its text is left out: it would come into the log.
  if (!match) throw new Error('The hash of a password is not argon2id in the PHC string format.')
  const [, memory, passes, parallelism, salt = '', tag = ''] = match
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}
