/** The pages of outgoing webhooks, without a script: making, looking at and changing them. `test/outgoing` sends them. */
import { describe, expect, it } from 'vitest'
import { memberNamed, ownerNamed, textOf, type Visitor } from '../../support/clients/visitor.ts'
import { startServer } from '../../support/server/server.ts'

const usual = { name: 'Relay', url: 'https://hooks.example/x?token=secret', kind: 'messages', room: 'lobby' }
const changes = ['pause', 'resume', 'skip', 'secret', 'resend', 'remove']

const add = (li: Visitor, more: Record<string, string> = {}) => li.post('/admin/webhooks', { ...usual, ...more })
const secretIn = (body: string) => /value="(whsec_[\w+/]{43}=)"/.exec(body)?.[1]

describe('outgoing webhooks page', () => {
  it('is there for admins only', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const li = await ownerNamed(server, 'Li')
    const bo = await memberNamed(server, 'Bo')
    expect(secretIn((await add(li)).body), 'it must exist').toBeDefined()
    expect((await bo.get('/admin/webhooks')).status).toBe(404)
    expect((await bo.get('/admin/webhooks/1')).status).toBe(404)
    expect((await add(bo)).status).toBe(404)
    for (const change of changes) {
      expect((await bo.post(`/admin/webhooks/1/${change}`, { delivery: '1' })).status, change).toBe(404)
      expect((await bo.get(`/admin/webhooks/1/${change}`)).status, change).toBe(404)
      expect((await li.post(`/admin/webhooks/9/${change}`, { delivery: '1' })).status, change).toBe(404)
      const reloaded = await li.get(`/admin/webhooks/1/${change}`)
      expect([reloaded.status, reloaded.headers.location]).toEqual([302, '/admin/webhooks'])
    }
    expect((await li.get('/admin/bots')).body).toContain('href="/admin/webhooks"')
  })

  it('makes a webhook, shows its secret once, and lists it', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const li = await ownerNamed(server, 'Li')
    expect(textOf((await li.get('/admin/webhooks')).body)).toContain('There are no outgoing webhooks.')
    const made = await add(li)
    const secret = secretIn(made.body) ?? ''
    expect([made.status, secret.length]).toEqual([200, 50])
    const [list, one] = [(await li.get('/admin/webhooks')).body, (await li.get('/admin/webhooks/1')).body]
    expect(textOf(list)).toContain('Relay hooks.example · active')
    expect(list, 'an address is often a secret').not.toContain('token=secret')
    expect(textOf(one)).toMatch(/https:\/\/hooks\.example\/x\?token=secret All messages of the rooms · lobby/)
    for (const body of [list, one]) expect(body).not.toContain(secret)
    const log = (await li.get('/admin/log')).body
    expect(textOf(log)).toContain('Li created an outgoing webhook of Relay')
    expect(log).not.toContain('token=secret')
  })

  it('pauses, resumes and removes one, replaces its secret, and says so in the audit log', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const li = await ownerNamed(server, 'Li')
    const first = secretIn((await add(li)).body)
    const act = async (change: string) => {
      const { status, headers } = await li.post(`/admin/webhooks/1/${change}`)
      expect([status, headers.location?.startsWith('/admin/webhooks')], change).toEqual([303, true])
      return textOf((await li.get(headers.location ?? '')).body)
    }
    expect(await act('pause')).toMatch(/Li paused an outgoing webhook of Relay.* paused/)
    expect(await act('resume')).toMatch(/Li resumed an outgoing webhook of Relay.* active/)
    await act('pause')
    expect(await act('skip')).toContain('and skipped waiting messages')
    const second = secretIn((await li.post('/admin/webhooks/1/secret')).body)
    expect(second).toBeDefined()
    expect(second).not.toBe(first)
    expect(await act('remove')).toContain('There are no outgoing webhooks.')
    expect((await li.get('/admin/webhooks/1')).status).toBe(404)
    const log = textOf((await li.get('/admin/log')).body)
    expect(log).toContain('Li replaced the secret of an outgoing webhook of Relay')
    expect(log).toContain('Li removed an outgoing webhook of Relay')
  })

  it.for([
    ['no URL', { url: 'hooks' }, 'Enter an address that begins with https://'],
    ['a password in the URL', { url: 'https://a:b@hooks.example/' }, 'Enter an address that begins with https://'],
    ['another scheme', { url: 'file:///etc/passwd' }, 'Enter an address that begins with https://'],
    ['loopback', { url: 'http://127.0.0.1:6379/' }, 'in a private network'],
    ['loopback in octal', { url: 'http://0177.1/' }, 'in a private network'],
    ['the metadata of a cloud', { url: 'http://[::ffff:169.254.169.254]/' }, 'in a private network'],
    ['no room', { room: '' }, ''],
    ['a room that does not exist', { room: '~none' }, ''],
    ['a name that is taken', { name: 'Li' }, 'password'],
    ['no name', { name: '' }, ''],
    ['a bad command', { kind: 'command', command: 'two words' }, 'small letters'],
    ['no command', { kind: 'command', command: '' }, 'small letters'],
    ['a command of the program', { kind: 'command', command: '/me' }, ''],
    ['a long description', { kind: 'command', command: 'x', description: 'x'.repeat(101) }, 'at most 100'],
    ['another kind', { kind: 'all' }, ''],
  ] as const)('refuses %s, keeps what was typed, and makes nothing', async ([, more, reason], t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const li = await ownerNamed(server, 'Li')
    const { status, body } = await add(li, more)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(404)
    expect(textOf(body)).toContain(reason)
    if (reason) expect(body).toContain('role="alert"')
    expect(textOf((await li.get('/admin/webhooks')).body)).toContain('There are no outgoing webhooks.')
    expect(textOf((await li.get('/admin/bots')).body)).toContain('There are no bots.')
  })

  it('shows neither the name of a room nor what is said there to an admin who cannot view it', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const li = await ownerNamed(server, 'Li')
    const chat = await li.connect()
    const den = await chat.ask({ type: 'create', kind: 'private', name: 'The den', key: 'den' }, 'room')
    await add(li, { room: den.room })
    await chat.open(den.room)
    await chat.say(den.room, 'a secret')
    // It cannot be delivered, and is listed.
    const page = async (visitor: Visitor) => (await visitor.get('/admin/webhooks/1')).body
    while (!(await page(li)).includes('a secret')) await chat.settle()
    expect(await page(li)).toContain('The den')
    const bo = await memberNamed(server, 'Bo')
    const [, bos = ''] = /\/admin\/people\/(\d+)"[^>]*>(?:<bdi[^>]*>)?Bo/.exec((await li.get('/admin')).body) ?? []
    expect((await li.post(`/admin/people/${bos}/role`, { role: 'admin' })).status).toBe(303)
    const seen = await page(bo)
    expect(textOf(seen)).toContain('Recent deliveries')
    for (const hidden of ['The den', 'a secret', den.room]) expect(seen).not.toContain(hidden)
  })

  it('runs a command of a bot that is sent without the script', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const li = await ownerNamed(server, 'Li')
    const send = (data: string) => li.post('/rooms/lobby/messages', { key: data, data })
    expect((await send('/weather Berlin')).status, 'unknown before').toBe(400)
    await add(li, { kind: 'command', command: 'weather' })
    const { status, headers } = await send('/weather Berlin')
    expect([status, headers.location]).toEqual([303, '/rooms/lobby#m1'])
    expect((await send('/wether Berlin')).status).toBe(400)
  })
})
