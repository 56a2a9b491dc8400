/** Two servers on one host. A browser sends all cookies of the host to both, whatever the port (RFC 6265, 8.5). */
import { describe, expect, it } from 'vitest'
import { type Cleanup, startServer, type TestServer } from '../support/server/server.ts'
import { ask } from './raw-request.ts'

/** A browser without a script, with one jar for the whole host. */
class Browser {
  readonly jar = new Map<string, string>()

  get cookie(): string {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async ask({ port }: TestServer, path: string, fields?: Record<string, string>) {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' }
    const answer = await ask(port, path, {
      method: fields ? 'POST' : 'GET',
      headers: { Cookie: this.cookie, ...(fields && form) },
      ...(fields && { body: String(new URLSearchParams(fields)) }),
    })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value) this.jar.set(name, value)
      else this.jar.delete(name)
    }
    return answer
  }

  /** As whom: a page names its user in the state that it hands to the script. */
  async userAt(server: TestServer): Promise<string | undefined> {
    const { status, body } = await this.ask(server, '/')
    return status === 200 ? /"user":\{"id":\d+,"name":"([^"]+)"/.exec(body)?.[1] : undefined
  }
}

/** Anna at the one and Bo at the other, in one browser. */
async function startBoth(t: Cleanup) {
  const [one, other] = [await startServer(t), await startServer(t)]
  const browser = new Browser()
  await browser.ask(one, '/signin', { name: 'Anna' })
  await browser.ask(other, '/signin', { name: 'Bo' })
  return { one, other, browser }
}

describe('two servers on one host over http', () => {
  it('keep a browser signed in at both, on pages and sockets (FAULTS 11)', async (t) => {
    const { one, other, browser } = await startBoth(t)
    expect([await browser.userAt(one), await browser.userAt(other)]).toEqual(['Anna', 'Bo'])
    for (const [server, name] of [
      [one, 'Anna'],
      [other, 'Bo'],
    ] as const) {
      const chat = await server.connect('/ws/chat', { protocol: 'chat.v1', cookie: browser.cookie })
      expect((await chat.next('welcome')).user.name).toBe(name)
    }
  })
  it('sign out separately: the sockets of the other stay open (FAULTS 11)', async (t) => {
    const { one, other, browser } = await startBoth(t)
    const [gone, stays] = [
      await one.connect('/ws/chat', { protocol: 'chat.v1', cookie: browser.cookie }),
      await other.connect('/ws/chat', { protocol: 'chat.v1', cookie: browser.cookie }),
    ]
    await stays.next('welcome')
    await browser.ask(one, '/signout', {})
    expect((await gone.closed).code).toBe(4002)
    await stays.settle()
    expect([await browser.userAt(one), await browser.userAt(other)]).toEqual([undefined, 'Bo'])
  })
  it('remember the name used at each (FAULTS 11)', async (t) => {
    const { one, other, browser } = await startBoth(t)
    await browser.ask(one, '/signout', {})
    await browser.ask(other, '/signout', {})
    expect((await browser.ask(one, '/signin')).body).toContain('value="Anna"')
    expect((await browser.ask(other, '/signin')).body).toContain('value="Bo"')
  })
  it('renew a session under its own cookie name when its password is set (FAULTS 11)', async (t) => {
    const { one, other, browser } = await startBoth(t)
    const before = browser.cookie
    expect((await browser.ask(one, '/account/password', { password: 'a pot of oolong' })).status).toBe(303)
    expect(browser.cookie, 'the session has a new token').not.toBe(before)
    expect([await browser.userAt(one), await browser.userAt(other)]).toEqual(['Anna', 'Bo'])
  })
  it('reject each other’s sessions, whatever the cookie name (FAULTS 11)', async (t) => {
    const { one, other, browser } = await startBoth(t)
    const token = browser.jar.get(`session-${one.port}`)
    expect(token, 'Anna has a session').toMatch(/^[\w-]{43}$/)
    browser.jar.clear()
    for (const name of [`session-${other.port}`, 'identity']) {
      browser.jar.set(name, token ?? '')
      expect(await browser.userAt(other), name).toBeUndefined()
      browser.jar.delete(name)
    }
  })
})
