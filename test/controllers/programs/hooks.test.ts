/** Incoming webhooks: what programs send to an address becomes a message of its room. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { hookOf } from '../../support/clients/bots.ts'
import { ownerNamed, textOf } from '../../support/clients/visitor.ts'
import { type Cleanup, startServer } from '../../support/server/server.ts'

const json = { 'content-type': 'application/json' }

async function withHook(t: Cleanup, settings: Record<string, string> = { RATE_LIMITS: 'off' }) {
  const server = await startServer(t, settings)
  const hook = await hookOf(server)
  const anna = await server.signIn('Anna')
  const messages = async () => {
    const init = { method: 'POST', headers: { ...json, cookie: anna.cookie }, body: '{"room":"lobby"}' }
    const { messages } = await (await fetch(`${server.url}/api/history`, init)).json()
    return messages as { data: string; user: { name: string; image: number } }[]
  }
  return { server, hook, anna, messages }
}

async function post(hook: string, body: unknown, headers: Record<string, string> = json) {
  const init = { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) }
  const response = await fetch(hook, init)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

const ok = { status: 200, type: 'text/plain; charset=utf-8', text: 'ok' }

describe('incoming webhook', () => {
  it('writes the text in its room as a bot, and answers ok as text', async (t) => {
    const { hook, anna, messages } = await withHook(t)
    const chat = await anna.connect()
    await chat.open('lobby')
    expect(await post(hook, { text: 'Disk *full* on <https://h.example|db1>' })).toEqual(ok)
    expect(await chat.next('chat')).toMatchObject({ user: { name: 'Alerts', bot: true } })
    expect((await messages())[0]?.data).toBe('Disk **full** on [db1](https://h.example)')
  })

  it.for([
    ['a form with payload', 'application/x-www-form-urlencoded', `payload=${encodeURIComponent('{"text":"a & b"}')}`],
    ['JSON that calls itself a form', 'application/x-www-form-urlencoded', '{"text":"a & b"}'],
    ['JSON with a charset', 'application/json; charset=utf-8', '{"text":"a & b"}'],
  ])('takes %s', async ([, type = '', body = ''], t) => {
    const { hook, messages } = await withHook(t)
    expect(await post(hook, body, { 'content-type': type })).toEqual(ok)
    expect((await messages())[0]?.data).toBe('a & b')
  })

  it('shows a picture as a link, and the server does not fetch it', async (t) => {
    const { hook, messages } = await withHook(t)
    const asked: string[] = []
    const pictures = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end()
    })
    pictures.listen(0, '127.0.0.1')
    await once(pictures, 'listening')
    t.onTestFinished(() => void pictures.close())
    const url = `http://127.0.0.1:${(pictures.address() as AddressInfo).port}/chart.png`
    expect(await post(hook, { text: 'Load', attachments: [{ text: 'see', image_url: url }] })).toEqual(ok)
    expect((await messages())[0]?.data).toContain(`[image](${url})`)
    // A second one, so that there was time for the first.
    expect(await post(hook, { blocks: [{ type: 'image', image_url: url, alt_text: 'Chart' }] })).toEqual(ok)
    expect((await messages())[1]?.data).toBe(`[Chart](${url})`)
    expect(asked).toEqual([])
  })

  it('writes once for each Idempotency-Key, also for two webhooks of one bot', async (t) => {
    const { server, hook, messages } = await withHook(t)
    const other = await hookOf(server)
    const headers = { ...json, 'idempotency-key': `a key of any length ${'x'.repeat(200)}` }
    for (let i = 0; i < 2; i++) expect(await post(hook, { text: 'once' }, headers)).toEqual(ok)
    expect(await post(other, { text: 'by the other' }, headers)).toEqual(ok)
    expect((await post(hook, { text: 'something else' }, headers)).status).toBe(409)
    expect((await messages()).map(({ data }) => data)).toEqual(['once', 'by the other'])
  })

  it('refuses what has no text, is no JSON or is too large, and says why in one word', async (t) => {
    const { hook, messages } = await withHook(t)
    const shapes = [
      {},
      [],
      { text: '' },
      { text: { a: 1 } },
      { attachments: 'x' },
      { blocks: [[], 1] },
      { text: ' \u200b ' },
    ]
    for (const body of shapes)
      expect(await post(hook, body), JSON.stringify(body)).toMatchObject({ status: 400, text: 'no_text' })
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(await post(hook, 'payload={', form)).toMatchObject({ status: 400, text: 'invalid_payload' })
    expect((await post(hook, '{"text":', json)).status).toBe(400)
    expect((await post(hook, 'text', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post(hook, { text: 'x'.repeat(70_000) })).status).toBe(413)
    expect(await messages()).toEqual([])
  })

  it('shortens what is too long for a message', async (t) => {
    const { hook, messages } = await withHook(t)
    await post(hook, { text: '茶'.repeat(10_000) })
    const [message] = await messages()
    expect([message?.data.length, message?.data.at(-1)]).toEqual([4_000, '…'])
  })

  it('does not exist for a token that is wrong, in another place, or of a bot', async (t) => {
    const { server, hook, messages } = await withHook(t)
    const token = hook.split('/').at(-1) ?? ''
    const wrong = ['A'.repeat(43), token.slice(1), `${token}x`, '%00', `${token.toLowerCase()}`]
    for (const one of wrong) expect((await post(`${server.url}/hooks/${one}`, { text: 'x' })).status, one).toBe(404)
    expect((await post(`${server.url}/hooks?token=${token}`, { text: 'x' })).status).toBe(404)
    const me = await fetch(`${server.url}/api/me`, { headers: { authorization: `Bearer ${token}` } })
    expect(me.status).toBe(401)
    expect((await fetch(hook)).status).toBe(405)
    expect(await messages()).toEqual([])
  })

  it('is refused from a page of another site', async (t) => {
    const { hook, messages } = await withHook(t)
    const headers = { ...json, origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }
    expect((await post(hook, { text: 'x' }, headers)).status).toBe(403)
    expect(await messages()).toEqual([])
  })

  it('has the limits of a bot, and says when to come back', async (t) => {
    const { hook } = await withHook(t, {})
    const answers = []
    for (let i = 0; i < 25; i++) answers.push(await post(hook, { text: `${i}` }))
    expect(answers.slice(0, 20).every(({ status }) => status === 200)).toBe(true)
    expect(answers.map(({ status }) => status)).toContain(429)
  })

  it('is made and revoked on the page of the bots, and shows its address once', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const li = await ownerNamed(server, 'Li')
    const { status, body } = await li.post('/admin/hooks', { hook: 'Alerts', room: 'lobby' })
    const [, hook = ''] = /value="([^"]*\/hooks\/[\w-]{43})"/.exec(body) ?? []
    expect([status, new URL(hook).origin]).toEqual([200, server.url])
    expect(await post(hook, { text: 'x' })).toEqual(ok)
    const page = (await li.get('/admin/bots')).body
    expect(textOf(page)).toMatch(/Incoming webhooks .* Alerts lobby Revoke/)
    expect(page).not.toContain(hook.split('/').at(-1))
    const [, path = ''] = /action="(\/admin\/hooks\/\d+\/revoke)"/.exec(page) ?? []
    expect((await li.post(path)).status).toBe(303)
    expect((await post(hook, { text: 'x' })).status).toBe(404)
    expect((await li.post(path)).status).toBe(403)
    const log = textOf((await li.get('/admin/log')).body)
    expect(log).toContain('Li created a webhook that posts as Alerts in lobby')
    expect(log).toContain('Li revoked a webhook that posted as Alerts in lobby')
    expect(textOf((await li.post('/admin/hooks', { hook: 'Li', room: 'lobby' })).body)).toMatch(/taken|password/)
  })
})
