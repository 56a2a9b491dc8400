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

describe('guesses on one account', () => {
  it('are 5 at once, and then 10 a minute, from however many addresses', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 100, (n) => attemptOn('anna', address(n)))).toBe(5)
    expect(allowed(attempts, 100, (n) => attemptOn('anna', address(n)), 6 * second)).toBe(1)
    expect(allowed(attempts, 100, (n) => attemptOn('anna', address(n)), 18 * second)).toBe(2)
  })
  it('are told how long to wait, and may be made after just that time', () => {
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
  it('are 10 a minute of 10,000, one every 360 ms for an hour, each from elsewhere', () => {
    const attempts = new LoginThrottle()
    let made = 0
    for (let n = 0; n < 10_000; n++) if (attempts.begin(attemptOn('anna', address(n)), n * 360) === 0) made++
    expect(made).toBeGreaterThan(10 * 59)
    expect(made).toBeLessThanOrEqual(5 + 10 * 60)
  })
  it('are as many of 10,000 sent at once as of one after the other', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 10_000, (n) => attemptOn('anna', address(n)))).toBe(5)
  })
  it('are 4 a minute of one address, which leaves most to the others: it alone keeps no owner out', () => {
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
  it('are told how long to wait when there were too many of one address', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 5, () => attemptOn('anna', home))).toBe(5)
    expect(attempts.begin(attemptOn('anna', home), 6 * second)).toBe(9 * second)
    expect(attempts.begin(attemptOn('anna', home), 15 * second)).toBe(0)
  })
  it('do not slow those on another', () => {
    const attempts = new LoginThrottle()
    allowed(attempts, 100, (n) => attemptOn('anna', address(n)))
    expect(attempts.begin(attemptOn('bo', home), 0)).toBe(0)
  })
})

describe('guesses of one address', () => {
  it('are 20 at once on all accounts, and then 20 a minute', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 100, (n) => attemptOn(`user ${n}`, home))).toBe(20)
    expect(allowed(attempts, 100, (n) => attemptOn(`user ${n}`, home), minute)).toBe(20)
  })
  it('are 20 a minute of 10,000 on as many accounts in an hour', () => {
    const attempts = new LoginThrottle()
    let made = 0
    for (let n = 0; n < 10_000; n++) if (attempts.begin(attemptOn(`user ${n}`, home), n * 360) === 0) made++
    expect(made).toBeGreaterThan(20 * 59)
    expect(made).toBeLessThanOrEqual(20 + 20 * 60)
  })
  it('do not slow another', () => {
    const attempts = new LoginThrottle()
    allowed(attempts, 100, (n) => attemptOn(`user ${n}`, home))
    expect(attempts.begin(attemptOn('anna', address(1)), 0)).toBe(0)
  })
  it('are not counted when the account makes them wait, nor the other way round', () => {
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
  ])('are those of everybody in its network of IPv6: %s and %s', ([one = '', other = '']) => {
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
  ])('are not those of another network: %s and %s', ([one = '', other = '']) => {
    const attempts = new LoginThrottle()
    allowed(attempts, 20, (n) => attemptOn(`user ${n}`, one))
    expect(attempts.begin(attemptOn('anna', other), 0)).toBe(0)
  })
})

describe('a success', () => {
  it('does not count: a school with one address is signed in as fast as it types', () => {
    const attempts = new LoginThrottle()
    for (let n = 0; n < 1_000; n++) signIn(attempts, attemptOn(`user ${n}`, home))
  })
  it('gives back its own attempt only, so nobody guesses the faster for it', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 18, (n) => attemptOn(`user ${n}`, home))).toBe(18)
    for (let n = 0; n < 100; n++) signIn(attempts, attemptOn('mallory', home))
    expect(allowed(attempts, 100, (n) => attemptOn(`other ${n}`, home))).toBe(2)
  })
  it('with a cookie gives the address nothing, for it took nothing from it', () => {
    const attempts = new LoginThrottle()
    expect(allowed(attempts, 20, (n) => attemptOn(`user ${n}`, home))).toBe(20)
    for (let n = 0; n < 100; n++) signIn(attempts, attemptOn('mallory', home, true))
    expect(attempts.begin(attemptOn('anna', home), 0)).toBeGreaterThan(0)
  })
  it('of others does not help strangers to guess the faster', () => {
    const attempts = new LoginThrottle()
    allowed(attempts, 100, (n) => attemptOn('anna', address(n)))
    signIn(attempts, attemptOn('anna', home, true))
    expect(attempts.begin(attemptOn('anna', address(1)), 0)).toBeGreaterThan(0)
  })
})

describe('the owner', () => {
  /** Guesses all the time, each from elsewhere, far more than may be made. */
  function attack(attempts: LoginThrottle, from: number, to: number): void {
    for (let now = from; now <= to; now += 100) attempts.begin(attemptOn('anna', `2001:db8:0:${now % 9_999}::`), now)
    expect(attempts.begin(attemptOn('anna', '2001:db8:1::'), to), 'must be slowed by now').toBeGreaterThan(0)
  }

  it('gets in at once where he has signed in before, while others guess', () => {
    const attempts = new LoginThrottle()
    signIn(attempts, attemptOn('anna', home))
    attack(attempts, minute, 10 * minute)
    expect(allowed(attempts, 100, () => attemptOn('anna', home), 10 * minute)).toBe(5)
  })
  it('is slowed by those who guess at one of his addresses only there', () => {
    const attempts = new LoginThrottle()
    const school = address(1)
    for (const from of [home, school]) signIn(attempts, attemptOn('anna', from))
    expect(allowed(attempts, 100, () => attemptOn('anna', school))).toBe(5)
    expect(attempts.begin(attemptOn('anna', school), 0)).toBeGreaterThan(0)
    expect(attempts.begin(attemptOn('anna', home), 0)).toBe(0)
  })
  it('does so for 30 days after he last has, and no longer', () => {
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
  it('gets in at once from anywhere with the cookie of a browser that has signed in', () => {
    const attempts = new LoginThrottle()
    attack(attempts, 0, minute)
    expect(attempts.begin(attemptOn('anna', home, true), minute)).toBe(0)
    expect(attempts.begin(attemptOn('anna', home, false), minute)).toBeGreaterThan(0)
  })
  it('gets in with it from the very address of those who guess', () => {
    const attempts = new LoginThrottle()
    signIn(attempts, attemptOn('anna', home))
    allowed(attempts, 100, () => attemptOn('anna', home))
    allowed(attempts, 100, (n) => attemptOn(`user ${n}`, home))
    expect(attempts.begin(attemptOn('bo', home), 0), 'must be slowed by now').toBeGreaterThan(0)
    expect(attempts.begin(attemptOn('anna', home, true), 0)).toBe(0)
  })
  it('gets in at their address without a cookie, where they have signed in before', () => {
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
  it('is guessed at there no faster than once a minute by whoever has used up what the address may', () => {
    const attempts = new LoginThrottle()
    signIn(attempts, attemptOn('anna', home))
    let made = 0
    for (let now = 0; now < 10 * minute; now += second) {
      allowed(attempts, 2, (n) => attemptOn(`user ${now} ${n}`, home), now)
      made += allowed(attempts, 1, () => attemptOn('anna', home), now)
    }
    expect(made).toBeLessThanOrEqual(5 + 3 + 10)
  })
  it('may not guess without end himself, with cookie or without', () => {
    const attempts = new LoginThrottle()
    signIn(attempts, attemptOn('anna', home))
    expect(allowed(attempts, 1_000, () => attemptOn('anna', home))).toBe(5)
    expect(allowed(attempts, 1_000, (n) => attemptOn('anna', address(n), true))).toBe(5)
    expect(allowed(attempts, 1_000, (n) => attemptOn('anna', address(n), true), minute)).toBe(5)
  })
  it('is not known by an address for another account', () => {
    const attempts = new LoginThrottle()
    signIn(attempts, attemptOn('mallory', home))
    attack(attempts, 0, minute)
    expect(attempts.begin(attemptOn('anna', home), minute)).toBeGreaterThan(0)
  })
  it('is not known by an address from which he has failed', () => {
    const attempts = new LoginThrottle()
    attempts.begin(attemptOn('anna', home), 0)
    attack(attempts, 0, minute)
    expect(attempts.begin(attemptOn('anna', home), minute)).toBeGreaterThan(0)
  })
  it('is known by the 20 addresses from which he signed in last', () => {
    const attempts = new LoginThrottle()
    for (let n = 0; n <= 20; n++) signIn(attempts, attemptOn('anna', address(n)))
    signIn(attempts, attemptOn('anna', address(1)))
    signIn(attempts, attemptOn('anna', home))
    attack(attempts, 1, minute)
    const isKnown = (from: string) => attempts.begin(attemptOn('anna', from), minute) === 0
    expect([address(0), address(2)].map(isKnown)).toEqual([false, false])
    expect([address(1), address(3), address(20), home].map(isKnown)).toEqual([true, true, true, true])
  })
  it('is still known when thousands of others were signed in, some long ago', () => {
    const attempts = new LoginThrottle()
    for (let n = 0; n < 3_000; n++) signIn(attempts, attemptOn(`user ${n}`, address(n)))
    signIn(attempts, attemptOn('anna', home), 20 * day)
    for (let n = 0; n < 5_000; n++) signIn(attempts, attemptOn(`new ${n}`, address(n)), 40 * day)
    attack(attempts, 40 * day, 40 * day + minute)
    expect(attempts.begin(attemptOn('anna', home), 40 * day + minute)).toBe(0)
  })
})

describe('accounts that nobody has', () => {
  it('are slowed like those that somebody has, to the millisecond', () => {
    const attempts = new LoginThrottle()
    signIn(attempts, attemptOn('anna', home))
    const waits = (account: string) =>
      Array.from({ length: 50 }, (_, n) => attempts.begin(attemptOn(account, address(n)), 1_000 + n * 700))
    expect(waits('anna')).toEqual(waits('nobody'))
    expect(Math.max(...waits('anna'))).toBeGreaterThan(0)
  })
  it('may be named anything', () => {
    const attempts = new LoginThrottle()
    for (const account of ['', ' ', '__proto__', 'constructor', `browser anna`, `${home} anna`, '\ud800']) {
      expect(allowed(attempts, 100, (n) => attemptOn(account, address(n)))).toBe(5)
    }
    expect(attempts.begin(attemptOn('anna', home, true), 0)).toBe(0)
  })
})
