/** How a guest proves their name again in the browser in which they had it. */
import { describe, expect, it } from 'vitest'
import { type Answer, ask } from '../http/raw-request.ts'
import { memberNamed, ownerNamed, visitorNamed } from '../support/clients/visitor.ts'
import { startServer, type TestServer } from '../support/server/server.ts'

/** Keeps every cookie, as a browser does. */
class Browser {
  readonly #server: TestServer
  readonly cookies = new Map<string, string>()

  constructor(server: TestServer) {
    this.#server = server
  }

  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  get(path: string): Promise<Answer> {
    return this.#ask(path, {})
  }

  post(path: string, fields: Record<string, string> = {}): Promise<Answer> {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' }
    return this.#ask(path, { method: 'POST', headers, body: String(new URLSearchParams(fields)) })
  }

  async signIn(name: string): Promise<boolean> {
    expect((await this.post('/signin', { name })).status).toBe(303)
    return (await this.get('/account')).body.includes('name="password"')
  }

  async #ask(path: string, question: { method?: string; headers?: Record<string, string>; body?: string }) {
    const headers = { 'Accept-Language': 'en', ...(this.header && { Cookie: this.header }), ...question.headers }
    const answer = await ask(this.#server.port, path, { ...question, headers })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value) this.cookies.set(name, value)
      else this.cookies.delete(name)
    }
    return answer
  }
}

/** A guest whose name is protected: another guest has begun a conversation with them. @returns their browser and their id */
async function guestWithConversation(server: TestServer, name: string) {
  const browser = new Browser(server)
  expect(await browser.signIn(name)).toBe(true)
  const other = await memberNamed(server, `Friend of ${name}`)
  const { body } = await browser.get('/rooms/lobby')
  const id = Number(/"user":\{"id":(\d+)/.exec(body)?.[1])
  const chat = await other.connect()
  await chat.next('welcome')
  // They know each other from the lobby.
  await chat.open('lobby')
  const anna = await server.connect('/ws/chat', { protocol: 'chat.v1', cookie: browser.header })
  await anna.open('lobby')
  await anna.close()
  await chat.ask({ type: 'create', kind: 'direct', users: [id], key: 'k' }, 'room')
  return { browser, id }
}

describe('a guest who has signed out', () => {
  it('is verified again in the same browser, and nowhere else', async (t) => {
    const server = await startServer(t)
    const { browser } = await guestWithConversation(server, 'Anna')
    await browser.post('/signout')
    expect(await browser.signIn('Anna'), 'the same browser').toBe(true)
    await browser.post('/signout')
    const other = new Browser(server)
    expect(await other.signIn('Anna'), 'another browser').toBe(false)
    expect((await other.get('/account')).body).not.toMatch(/another browser/)
    expect(await browser.signIn('Anna'), 'while another browser uses the name').toBe(true)
  })
  it('is not verified after they asked to be forgotten, and their name is not suggested', async (t) => {
    const server = await startServer(t)
    const { browser } = await guestWithConversation(server, 'Anna')
    await browser.post('/signout', { forget: '1' })
    expect([...browser.cookies.keys()]).toEqual([])
    expect((await browser.get('/signin')).body).not.toContain('value="Anna"')
    expect(await browser.signIn('Anna')).toBe(false)
  })
  it('is not verified after an admin signed them out everywhere', async (t) => {
    const server = await startServer(t)
    const owner = await ownerNamed(server, 'Owen')
    const { browser, id } = await guestWithConversation(server, 'Anna')
    expect((await owner.get(`/admin/people/${id}`)).body).toContain(`action="/admin/people/${id}/forget"`)
    const answer = await owner.post(`/admin/people/${id}/forget`)
    expect(answer.status).toBe(303)
    expect((await owner.get(answer.headers.location ?? '')).body).toContain('signed \u2068Anna\u2069 out everywhere')
    expect((await browser.get('/account')).status, 'signed out').toBe(302)
    expect(await browser.signIn('Anna')).toBe(false)
  })
})

describe('the sign-out page', () => {
  it('warns a guest, and offers a password and to be forgotten', async (t) => {
    const server = await startServer(t)
    const guest = await visitorNamed(server, 'Anna')
    const { status, body } = await guest.get('/account/signout')
    expect([status, body]).toEqual([200, expect.stringMatching(/href="\/account"[\s\S]*name="forget"/)])
    expect((await guest.get('/')).body, 'without a script').toContain('method="get" action="/account/signout"')
    await guest.post('/signout')
    expect(await guest.isIn()).toBe(false)
  })
  it('asks an account nothing more', async (t) => {
    const server = await startServer(t)
    const member = await memberNamed(server, 'Anna')
    expect((await member.get('/account/signout')).body).not.toMatch(/name="forget"|href="\/account"/)
  })
  it('leads to the sign-in page without a session', async (t) => {
    const server = await startServer(t)
    const answer = await new Browser(server).get('/account/signout')
    expect([answer.status, answer.headers.location]).toEqual([302, '/signin'])
  })
})

it('the cookie of a known browser cannot be read by scripts or set by other hosts', async (t) => {
  const server = await startServer(t, { PUBLIC_ORIGIN: 'https://chat.example' })
  const answer = await ask(server.port, '/signin', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Host: 'chat.example',
      Origin: 'https://chat.example',
    },
    body: 'name=Anna',
  })
  const line = answer.headers['set-cookie']?.find((one) => one.startsWith('__Host-device='))
  expect(line).toMatch(/^__Host-device=[\w-]{43}; path=\/; expires=[^;]+; samesite=lax; secure; httponly$/i)
})
