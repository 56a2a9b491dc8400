import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Answer, ask } from '../http/raw-request.ts'
import { uploaded } from '../support/clients/uploads.ts'
import { startServer, type TestServer } from '../support/server/server.ts'

const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

function choose(server: TestServer, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const body = String(new URLSearchParams(fields))
  return ask(server.port, '/settings', { method: 'POST', headers: { ...form, ...headers }, body })
}

function cookiesOf({ headers }: Answer): string[] {
  return headers['set-cookie'] ?? []
}

function signInPage(server: TestServer, headers: Record<string, string> = {}, path = '/signin'): Promise<Answer> {
  return ask(server.port, path, { headers })
}

describe('POST /settings', () => {
  it('stores the language for a year in a cookie that the page reads, and redirects back', async (t) => {
    const server = await startServer(t)
    const answer = await choose(server, { language: 'zh', to: '/signin' })
    expect([answer.status, answer.headers.location]).toEqual([303, '/signin'])
    expect(cookiesOf(answer)).toEqual([expect.stringMatching(/^language=zh; path=\/; expires=[^;]+; samesite=lax$/)])
    expect((await signInPage(server, { Cookie: 'language=zh' })).body).toContain('<html lang="zh-CN">')
  })
  it('stores the theme, and removes it for the system’s theme', async (t) => {
    const server = await startServer(t)
    expect(cookiesOf(await choose(server, { theme: 'dark' }))).toEqual([
      expect.stringMatching(/^theme=dark; path=\/; /),
    ])
    expect(cookiesOf(await choose(server, { theme: 'system' }))).toEqual([
      expect.stringMatching(/^theme=; path=\/; expires=Thu, 01 Jan 1970/),
    ])
    expect((await signInPage(server, { Cookie: 'theme=dark' })).body).toContain('<html lang="en" data-theme="dark">')
    expect((await signInPage(server)).body).toContain('<html lang="en">')
  })
  it('stores both at once, and nothing that is neither', async (t) => {
    const server = await startServer(t)
    expect(cookiesOf(await choose(server, { language: 'en', theme: 'light' }))).toHaveLength(2)
    for (const fields of [{}, { language: 'tlh' }, { language: '' }, { theme: 'pink' }, { language: '__proto__' }]) {
      const answer = await choose(server, fields)
      expect([answer.status, cookiesOf(answer)], JSON.stringify(fields)).toEqual([303, []])
    }
    expect((await signInPage(server, { Cookie: 'language=tlh; theme="><b>' })).body).toContain('<html lang="en">')
  })
  it('stores that data is saved, and removes it again', async (t) => {
    const server = await startServer(t)
    expect(cookiesOf(await choose(server, { 'save-data': 'on' }))).toEqual([
      expect.stringMatching(/^save-data=1; path=\/; expires=[^;]+; samesite=lax$/),
    ])
    expect(cookiesOf(await choose(server, { 'save-data': 'off' }))).toEqual([
      expect.stringMatching(/^save-data=; path=\/; expires=Thu, 01 Jan 1970/),
    ])
    expect(cookiesOf(await choose(server, { 'save-data': '1' }))).toEqual([])
  })
  it('redirects to no other site', async (t) => {
    const server = await startServer(t)
    expect((await choose(server, { to: '/rooms/tea/4' })).headers.location).toBe('/rooms/tea/4')
    for (const to of ['//evil.example', 'https://evil.example/', '/\\evil.example', '/.//evil.example', 'x:y']) {
      expect((await choose(server, { to })).headers.location, to).toBe('/')
    }
  })
  it('is refused for other sites', async (t) => {
    const server = await startServer(t)
    expect((await choose(server, { theme: 'dark' }, { Origin: server.url })).status).toBe(303)
    const forged = await choose(server, { theme: 'dark' }, { Origin: 'http://evil.example' })
    expect([forged.status, cookiesOf(forged)]).toEqual([403, []])
  })
})

describe('settings on the sign-in page', () => {
  it('have a button for each language, in that language, and for each theme', async (t) => {
    const { body } = await signInPage(await startServer(t))
    for (const [code, name] of [
      ['en', 'English'],
      ['zh', '简体中文'],
    ]) {
      expect(body).toMatch(
        new RegExp(`name="language" value="${code}" lang="${code}"\\s+aria-pressed="[a-z]+">${name}<`),
      )
    }
    for (const theme of ['system', 'light', 'dark']) expect(body).toContain(`name="theme" value="${theme}"`)
  })
  it('show the current choice', async (t) => {
    const server = await startServer(t)
    const pressed = async (headers: Record<string, string>) =>
      [...(await signInPage(server, headers)).body.matchAll(/value="(\w+)"[^>]*aria-pressed="true"/g)].map(
        ([, value]) => value,
      )
    expect(await pressed({})).toEqual(['en', 'system'])
    expect(await pressed({ Cookie: 'language=zh; theme=dark' })).toEqual(['zh', 'dark'])
  })
  it('keep the page to return to', async (t) => {
    const server = await startServer(t)
    const { body } = await signInPage(server, {}, '/signin?to=%2Frooms%2Ftea%2F4')
    expect(body).toContain('name="to" value="/signin?to=%2Frooms%2Ftea%2F4"')
  })
})

describe('saving data without a script', () => {
  it('is chosen in the account, and shows links in place of images', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
    const anna = await server.signIn('Anna')
    const by = { cookie: anna.cookie }
    const id = await uploaded(server, by, { name: 'tea.png', bytes: readFileSync('static/images/icon-192.png') })
    const chat = await anna.connect()
    await chat.open('lobby')
    await chat.ask({ type: 'chat', room: 'lobby', key: 'k', data: '', files: [id] }, 'sent')
    const page = async (path: string, more = '') =>
      (await ask(server.port, path, { headers: { Cookie: anna.cookie + more } })).body
    const button = (body: string) =>
      /name="save-data" value="(on|off)"\s+aria-pressed="(true|false)"/.exec(body)?.slice(1)
    const image = new RegExp(`<img[^>]* src="/files/${id}`)
    const saving = '; save-data=1'
    expect(button(await page('/account'))).toEqual(['on', 'false'])
    expect(button(await page('/account', saving))).toEqual(['off', 'true'])
    for (const path of ['/rooms/lobby', '/rooms/lobby/files']) {
      expect(await page(path), path).toMatch(image)
      const saved = await page(path, saving)
      expect(saved, path).not.toMatch(image)
      expect(saved, path).toContain(`href="/files/${id}/tea.png"`)
    }
    expect(await page('/account', `${saving}; language=zh`)).toContain('节省流量')
    expect(button((await signInPage(server)).body), 'nobody has images before they sign in').toBeUndefined()
  })
})
