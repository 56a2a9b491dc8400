import { describe, expect, it } from 'vitest'
import { type Attempt, LoginThrottle } from '../../src/server/auth/login-throttle.ts'

const second = 1000
const minute = 60 * second
const day = 24 * 60 * minute

const home = '192.0.2.7'

function attemptOn(account: string, address: string, isKnown = false): Attempt {
  return { account, address, isKnown }
}

/** A different one for each number. */
function address(number: number): string {
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
}

/** How many of `count` attempts may be made now. */
function allowed(attempts: LoginThrottle, count: number, attempt: (number: number) => Attempt, now = 0): number {
  let made = 0
  for (let number = 0; number < count; number++) if (attempts.begin(attempt(number), now) === 0) made++
  return made
}

/** Has its owner signed in to the account at home. */
function signIn(attempts: LoginThrottle, attempt: Attempt, now = 0): void {
  expect(attempts.begin(attempt, now), 'must be allowed for this test to mean anything').toBe(0)
  attempts.succeeded(attempt, now)
}

describe('login throttle › one account', () => {
  it('allows 5 guesses at once and then 10 a minute, over all addresses', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 100, (n) => attemptOn('anna', address(n)))).toBe(5)
    expect(allowed(attempts, 100, (n) => attemptOn('anna', address(n)), 6 * second)).toBe(1)
    expect(allowed(attempts, 100, (n) => attemptOn('anna', address(n)), 18 * second)).toBe(2)
  })
  it('says how long to wait, and allows a guess after exactly that time', () => {
    for (const [later, isAllowed] of [
      [6 * second - 1, false],
      [6 * second, true],
    ] as const) {
      const attempts = new LoginThrottle()
      allowed(attempts, 5, (n) => attemptOn('anna', address(n)))
      expect(attempts.begin(attemptOn('anna', home), 0)).toBe(6 * second)
      expect(attempts.begin(attemptOn('anna', home), later) === 0).toBe(isAllowed)
    }
  })
  it('allows 10 of 10,000 guesses a minute, sent every 360 ms for an hour from different addresses', () => {
    const attempts = new LoginThrottle()
    let made = 0
    for (let n = 0; n < 10_000; n++) if (attempts.begin(attemptOn('anna', address(n)), n * 360) === 0) made++
    expect(made).toBeGreaterThan(10 * 59)
    expect(made).toBeLessThanOrEqual(5 + 10 * 60)
  })
  it('allows as many of 10,000 guesses sent at once as of guesses sent in sequence', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 10_000, (n) => attemptOn('anna', address(n)))).toBe(5)
  })
  it('allows 4 guesses a minute from one address, so that one address cannot lock out the owner', () => {
    const attempts = new LoginThrottle()
    let [made, owners] = [0, 0]
    for (let at = 0; at < 60 * minute; at += 100) {
      if (attempts.begin(attemptOn('anna', home), at) === 0) made++
      const isOwner = at >= minute && at % (20 * second) === 0
      if (isOwner && attempts.begin(attemptOn('anna', address(at)), at) === 0) owners++
    }
    expect(made).toBeLessThanOrEqual(5 + 4 * 60)
    expect(owners).toBe(3 * 59)
  })
  it('says how long to wait after too many guesses from one address', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 5, () => attemptOn('anna', home))).toBe(5)
    expect(attempts.begin(attemptOn('anna', home), 6 * second)).toBe(9 * second)
    expect(attempts.begin(attemptOn('anna', home), 15 * second)).toBe(0)
  })
  it('does not slow guesses on another account', () => {
    const attempts = new LoginThrottle()
    allowed(attempts, 100, (n) => attemptOn('anna', address(n)))
    expect(attempts.begin(attemptOn('bo', home), 0)).toBe(0)
  })
})

describe('login throttle › one address', () => {
  it('allows 20 guesses at once over all accounts, and then 20 a minute', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 100, (n) => attemptOn(`user ${n}`, home))).toBe(20)
    expect(allowed(attempts, 100, (n) => attemptOn(`user ${n}`, home), minute)).toBe(20)
  })
  it('allows 20 of 10,000 guesses a minute on as many accounts in an hour', () => {
    const attempts = new LoginThrottle()
    let made = 0
    for (let n = 0; n < 10_000; n++) if (attempts.begin(attemptOn(`user ${n}`, home), n * 360) === 0) made++
    expect(made).toBeGreaterThan(20 * 59)
    expect(made).toBeLessThanOrEqual(20 + 20 * 60)
  })
  it('does not slow another address', () => {
    const attempts = new LoginThrottle()
    allowed(attempts, 100, (n) => attemptOn(`user ${n}`, home))
    expect(attempts.begin(attemptOn('anna', address(1)), 0)).toBe(0)
  })
  it('does not count guesses that the account refuses, and the account not those that the address refuses', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 1_000, () => attemptOn('anna', home))).toBe(5)
    expect(allowed(attempts, 1_000, (n) => attemptOn(`user ${n}`, home))).toBe(15)
    expect(attempts.begin(attemptOn('bo', home), 0)).toBeGreaterThan(0)
    expect(allowed(attempts, 1_000, (n) => attemptOn('bo', address(n)))).toBe(5)
  })
  it.for([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['2001:db8::1', '2001:db8:0:0:5::'],
    ['2001:DB8:00:2::', '2001:db8:0:2:1:2:3:4'],
    ['::1', '0:0:0:0:9::'],
    ['fe80::1%eth0', 'fe80::2'],
  ])('counts guesses of one IPv6 network together: %s and %s', ([one = '', other = '']) => {
    const attempts = new LoginThrottle()
    allowed(attempts, 20, (n) => attemptOn(`user ${n}`, one))
    expect(attempts.begin(attemptOn('anna', other), 0)).toBeGreaterThan(0)
  })
  it.for([
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['2001:db8::1', '2001:db8:0:1::1'],
    ['::1', '1::'],
    ['192.0.2.1', '192.0.2.2'],
    ['', '192.0.2.2'],
  ])('counts guesses of another network separately: %s and %s', ([one = '', other = '']) => {
    const attempts = new LoginThrottle()
    allowed(attempts, 20, (n) => attemptOn(`user ${n}`, one))
    expect(attempts.begin(attemptOn('anna', other), 0)).toBe(0)
  })
})

describe('login throttle › success', () => {
  it('is not counted: a school with one address can sign in as fast as it types', () => {
    const attempts = new LoginThrottle()
    for (let n = 0; n < 1_000; n++) signIn(attempts, attemptOn(`user ${n}`, home))
  })
  it('returns only its own attempt, so that guessing does not become faster', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 18, (n) => attemptOn(`user ${n}`, home))).toBe(18)
    for (let n = 0; n < 100; n++) signIn(attempts, attemptOn('mallory', home))
    expect(allowed(attempts, 100, (n) => attemptOn(`other ${n}`, home))).toBe(2)
  })
  it('with a cookie returns nothing to the address, since it took nothing from it', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 20, (n) => attemptOn(`user ${n}`, home))).toBe(20)
    for (let n = 0; n < 100; n++) signIn(attempts, attemptOn('mallory', home, true))
    expect(attempts.begin(attemptOn('anna', home), 0)).toBeGreaterThan(0)
  })
  it('of other users does not make guessing faster', () => {
    const attempts = new LoginThrottle()
    allowed(attempts, 100, (n) => attemptOn('anna', address(n)))
    signIn(attempts, attemptOn('anna', home, true))
    expect(attempts.begin(attemptOn('anna', address(1)), 0)).toBeGreaterThan(0)
  })
})

describe('login throttle › account owner', () => {
  /** Guesses all the time, each from elsewhere, far more than may be made. */
  function attack(attempts: LoginThrottle, from: number, to: number): void {
    for (let now = from; now <= to; now += 100) attempts.begin(attemptOn('anna', `2001:db8:0:${now % 9_999}::`), now)
    expect(attempts.begin(attemptOn('anna', '2001:db8:1::'), to), 'must be slowed by now').toBeGreaterThan(0)
  }

  it('signs in at once from a known address while others guess', () => {
    const attempts = new LoginThrottle()
    signIn(attempts, attemptOn('anna', home))
    attack(attempts, minute, 10 * minute)
    expect(allowed(attempts, 100, () => attemptOn('anna', home), 10 * minute)).toBe(5)
  })
  it('is slowed at a known address only, when others guess from there', () => {
    const attempts = new LoginThrottle()
    const school = address(1)
    for (const from of [home, school]) signIn(attempts, attemptOn('anna', from))
    expect(allowed(attempts, 100, () => attemptOn('anna', school))).toBe(5)
    expect(attempts.begin(attemptOn('anna', school), 0)).toBeGreaterThan(0)
    expect(attempts.begin(attemptOn('anna', home), 0)).toBe(0)
  })
  it('keeps an address known for 30 days after the last sign-in', () => {
    for (const [now, isAllowed] of [
      [40 * day, true],
      [40 * day + 1, false],
    ] as const) {
      const attempts = new LoginThrottle()
      for (const at of [0, 10 * day]) signIn(attempts, attemptOn('anna', home), at)
      attack(attempts, now - minute, now)
      expect(attempts.begin(attemptOn('anna', home), now) === 0).toBe(isAllowed)
    }
  })
  it('signs in at once from anywhere with the cookie of a known browser', () => {
    const attempts = new LoginThrottle()
    attack(attempts, 0, minute)
    expect(attempts.begin(attemptOn('anna', home, true), minute)).toBe(0)
    expect(attempts.begin(attemptOn('anna', home, false), minute)).toBeGreaterThan(0)
  })
  it('signs in with that cookie from the address that guesses come from', () => {
    const attempts = new LoginThrottle()
    signIn(attempts, attemptOn('anna', home))
    allowed(attempts, 100, () => attemptOn('anna', home))
    allowed(attempts, 100, (n) => attemptOn(`user ${n}`, home))
    expect(attempts.begin(attemptOn('bo', home), 0), 'must be slowed by now').toBeGreaterThan(0)
    expect(attempts.begin(attemptOn('anna', home, true), 0)).toBe(0)
  })
  it('signs in without a cookie from that address if it is known', () => {
    const attempts = new LoginThrottle()
    const school = ['anna', 'bo', 'cleo']
    for (const account of school) signIn(attempts, attemptOn(account, home))
    for (let n = 0; n < 600; n++) attempts.begin(attemptOn(`user ${n}`, home), n * second)
    const now = 600 * second
    expect(
      allowed(attempts, 20, () => attemptOn('user', home), now),
      'must be slowed by now',
    ).toBeLessThan(2)
    for (const account of [...school, ...school]) {
      const attempt = attemptOn(account, home)
      signIn(attempts, attempt, now)
    }
    // What succeeds gives the guesser nothing.
    expect(attempts.begin(attemptOn('user', home), now)).toBeGreaterThan(0)
  })
  it('can be guessed from there at most once a minute after the address used up its guesses', () => {
    const attempts = new LoginThrottle()
    signIn(attempts, attemptOn('anna', home))
    let made = 0
    for (let now = 0; now < 10 * minute; now += second) {
      allowed(attempts, 2, (n) => attemptOn(`user ${now} ${n}`, home), now)
      made += allowed(attempts, 1, () => attemptOn('anna', home), now)
    }
    expect(made).toBeLessThanOrEqual(5 + 3 + 10)
  })
  it('cannot guess without limit either, with or without a cookie', () => {
    const attempts = new LoginThrottle()
    signIn(attempts, attemptOn('anna', home))
    expect(allowed(attempts, 1_000, () => attemptOn('anna', home))).toBe(5)
    expect(allowed(attempts, 1_000, (n) => attemptOn('anna', address(n), true))).toBe(5)
    expect(allowed(attempts, 1_000, (n) => attemptOn('anna', address(n), true), minute)).toBe(5)
  })
  it('is not recognised by an address that is known for another account', () => {
    const attempts = new LoginThrottle()
    signIn(attempts, attemptOn('mallory', home))
    attack(attempts, 0, minute)
    expect(attempts.begin(attemptOn('anna', home), minute)).toBeGreaterThan(0)
  })
  it('is not recognised by an address with failed attempts only', () => {
    const attempts = new LoginThrottle()
    attempts.begin(attemptOn('anna', home), 0)
    attack(attempts, 0, minute)
    expect(attempts.begin(attemptOn('anna', home), minute)).toBeGreaterThan(0)
  })
  it('is recognised by the 20 latest addresses', () => {
    const attempts = new LoginThrottle()
    for (let n = 0; n <= 20; n++) signIn(attempts, attemptOn('anna', address(n)))
    signIn(attempts, attemptOn('anna', address(1)))
    signIn(attempts, attemptOn('anna', home))
    attack(attempts, 1, minute)
    const isKnown = (from: string) => attempts.begin(attemptOn('anna', from), minute) === 0
    expect([address(0), address(2)].map(isKnown)).toEqual([false, false])
    expect([address(1), address(3), address(20), home].map(isKnown)).toEqual([true, true, true, true])
  })
  it('is still recognised after thousands of other sign-ins, some long ago', () => {
    const attempts = new LoginThrottle()
    for (let n = 0; n < 3_000; n++) signIn(attempts, attemptOn(`user ${n}`, address(n)))
    signIn(attempts, attemptOn('anna', home), 20 * day)
    for (let n = 0; n < 5_000; n++) signIn(attempts, attemptOn(`new ${n}`, address(n)), 40 * day)
    attack(attempts, 40 * day, 40 * day + minute)
    expect(attempts.begin(attemptOn('anna', home), 40 * day + minute)).toBe(0)
  })
})

describe('login throttle › accounts that do not exist', () => {
  it('are throttled exactly like existing ones, to the millisecond', () => {
    const attempts = new LoginThrottle()
    signIn(attempts, attemptOn('anna', home))
    const waits = (account: string) =>
      Array.from({ length: 50 }, (_, n) => attempts.begin(attemptOn(account, address(n)), 1_000 + n * 700))
    expect(waits('anna')).toEqual(waits('nobody'))
    expect(Math.max(...waits('anna'))).toBeGreaterThan(0)
  })
  it('may have any name', () => {
    const attempts = new LoginThrottle()
    for (const account of ['', ' ', '__proto__', 'constructor', `browser anna`, `${home} anna`, '\ud800']) {
      expect(allowed(attempts, 100, (n) => attemptOn(account, address(n)))).toBe(5)
    }
    expect(attempts.begin(attemptOn('anna', home, true), 0)).toBe(0)
  })
})
