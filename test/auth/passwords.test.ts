import { readdirSync } from 'node:fs'
import { availableParallelism, constants, getPriority } from 'node:os'
import passwordsByUse from '@zxcvbn-ts/language-common/src/passwords.json' with { type: 'json' }
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPasswords, faultInPassword, hashesAtOnce, TooBusy } from '../../src/server/auth/passwords.ts'
import { countHashes } from '../support/run/hashes.ts'

/** From the tests of argon2's reference implementation. */
const referenceHash = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'

const good = '正确 horse battery staple'

describe('password hash', () => {
  const passwords = createPasswords()

  it('matches its password and no other', async () => {
    const hash = await passwords.hash(good)
    expect(await passwords.verify(good, hash)).toBe(true)
    for (const other of ['', good.slice(1), `${good} `, good.toUpperCase(), `${good}\0`]) {
      expect(await passwords.verify(other, hash), other).toBe(false)
    }
  })
  it('is argon2id with 19 MiB, two passes and one lane, in the PHC string format', async () => {
    const hash = await passwords.hash(good)
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(hash).not.toContain(good)
  })
  it('differs each time', async () => {
    expect(await passwords.hash(good)).not.toBe(await passwords.hash(good))
  })
  it('may come from other programs and have other parameters', async () => {
    expect(await passwords.verify('password', referenceHash)).toBe(true)
    expect(await passwords.verify('passwort', referenceHash)).toBe(false)
    expect(await passwords.verify('password', referenceHash.replace('t=2', 't=3'))).toBe(false)
  })
  it('covers the whole password, however long', async () => {
    const long = 'x'.repeat(1_024)
    const hash = await passwords.hash(long)
    expect(await passwords.verify(long, hash)).toBe(true)
    expect(await passwords.verify(`${long.slice(1)}y`, hash)).toBe(false)
    expect(await passwords.verify(long.slice(1), hash)).toBe(false)
  })
  it('is the same for the same text from every keyboard', async () => {
    const hash = await passwords.hash('Zoe\u0308 Ａ１ﬁ')
    expect(await passwords.verify('Zoë A1fi', hash)).toBe(true)
    expect(await passwords.verify('Zoe A1fi', hash)).toBe(false)
  })
  it.for([
    '',
    'x',
    referenceHash.replace('argon2id', 'argon2i'),
    referenceHash.replace('v=19', 'v=16'),
    referenceHash.replace('m=256', 'm=-1'),
    `${referenceHash}\n`,
    referenceHash.slice(0, -30),
  ])('of an invalid form, %j, throws instead of refusing the password', async (hash) => {
    await expect(passwords.verify('password', hash)).rejects.toThrow('PHC')
    await expect(passwords.verify('password', hash)).rejects.not.toBeInstanceOf(TooBusy)
  })
})

describe('password check without a hash', () => {
  it('refuses every password after the same work', async (t) => {
    const passwords = createPasswords()
    const hash = await passwords.hash(good)
    const costs = countHashes(t)
    expect(await passwords.verify('wrong', hash)).toBe(false)
    expect(await passwords.verify(good, undefined)).toBe(false)
    const cost = '19456 2 1 32'
    expect(costs()).toEqual([cost, cost])
  })
})

describe('hashing queue', () => {
  it('hashes two at a time, or one where two would leave no core to the chat (SECURITY-REVIEW 13)', () => {
    expect([1, 2, 3, 4, 64].map(hashesAtOnce)).toEqual([1, 1, 2, 2, 2])
  })
  it('lets 400 wait, and tells the others to try again', async () => {
    const passwords = createPasswords()
    const maxHashes = 400 + hashesAtOnce(availableParallelism())
    const asked = Array.from({ length: maxHashes + 6 }, () => passwords.verify('password', referenceHash))
    const answers = await Promise.allSettled(asked)
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array(maxHashes).fill('fulfilled'),
      ...Array(6).fill('rejected'),
    ])
    for (const answer of answers.slice(maxHashes)) {
      expect(answer).toMatchObject({ reason: { name: 'TooBusy', retryAfterMs: expect.any(Number) } })
    }
  })
  it('serves a retry', async () => {
    const passwords = createPasswords()
    for (let round = 0; round < 2; round++) {
      const asked = Array.from({ length: 34 }, () => passwords.verify('password', referenceHash))
      expect(await Promise.all(asked)).toEqual(Array(34).fill(true))
    }
  })
  it('uses neither the threads that read files nor the priority of writers (SECURITY-REVIEW 13)', async () => {
    const threads = () => readdirSync('/proc/self/task')
    const before = threads()
    await createPasswords().verify('password', referenceHash)
    const priorities = threads()
      .filter((thread) => !before.includes(thread))
      .map(priorityOf)
    expect(priorities).toContain(constants.priority.PRIORITY_BELOW_NORMAL)
  })
  it('continues after a hash that fails', async () => {
    const passwords = createPasswords()
    const impossible = referenceHash.replace('m=256', 'm=1')
    for (let i = 0; i < 40; i++) await expect(passwords.verify('password', impossible)).rejects.toThrow(RangeError)
    expect(await passwords.verify('password', referenceHash)).toBe(true)
  })
})

describe('allowed passwords', () => {
  it.for([
    good,
    'abcdefgi',
    '        ',
    '茶馆里的八个字呀',
    '🍵🍵🍵🍵🍵🍵🍵🍵',
    'x'.repeat(1_024),
    '🍵'.repeat(1_024),
    'Anna is here',
    'passwordpassword1',
    'p\u0000assword',
  ])('include %j', (password) => {
    expect(faultInPassword(password, 'Anna')).toBeUndefined()
  })
})

describe('refused passwords', () => {
  it.for<[passtext: string, word: string]>([
    ['', 'passwordTooShort'],
    ['abcdefg', 'passwordTooShort'],
    ['🍵🍵🍵🍵🍵🍵🍵', 'passwordTooShort'],
    ['e\u0301'.repeat(7), 'passwordTooShort'],
    ['x'.repeat(1_025), 'passwordTooLong'],
    ['🍵'.repeat(1_025), 'passwordTooLong'],
    ['ﷺ'.repeat(1_000), 'passwordTooLong'],
    ['x'.repeat(10_000_000), 'passwordTooLong'],
    ['password', 'passwordCommon'],
    ['PassWord', 'passwordCommon'],
    ['ｐａｓｓｗｏｒｄ', 'passwordCommon'],
    ['12345678', 'passwordCommon'],
    ['qwertyuiop', 'passwordCommon'],
    ['iloveyou', 'passwordCommon'],
    ['Anna Karenina', 'passwordIsName'],
    ['anna karenina', 'passwordIsName'],
    ['Ａnna Karenina', 'passwordIsName'],
  ])('%j: %s', ([password, text]) => {
    expect(faultInPassword(password, 'Anna Karenina')).toMatchObject({ text })
  })
  it('include the 3,000 most common ones of at least 8 characters', () => {
    const longEnough = passwordsByUse.filter((password) => password.length >= 8)
    const refused = longEnough.filter((password) => faultInPassword(password, '')?.text === 'passwordCommon')
    expect(refused).toEqual(longEnough.slice(0, 3_000))
    expect(new Set(refused.map((password) => password.toLowerCase())).size).toBe(3_000)
  })
  it('are refused for no other reason', () => {
    const anyPassword = fc.string({ unit: 'binary', minLength: 8, maxLength: 40 })
    fc.assert(
      fc.property(anyPassword, (password) => {
        fc.pre([...password.normalize('NFKC')].length >= 8)
        expect(faultInPassword(password, '')).toBeUndefined()
      }),
    )
  })
})

/** Undefined for a thread that has ended meanwhile: other ones of this process come and go. */
function priorityOf(thread: string): number | undefined {
  try {
    return getPriority(Number(thread))
  } catch {
    return undefined
  }
}
