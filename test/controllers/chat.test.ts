import { describe, expect, it } from 'vitest'
import type { SlashCommand } from '../../src/shared/commands/command.ts'
import { slashCommands } from '../../src/shared/commands/registry.ts'
import type { PageState } from '../../src/shared/page-state.ts'
import { type Answer, ask } from '../http/raw-request.ts'
import type { ChatClient } from '../support/clients/client.ts'
import { type Cleanup, type Person, startServer, type TestServer } from '../support/server/server.ts'

type Fields = Record<string, string>

function get(server: TestServer, path: string, { cookie }: Pick<Person, 'cookie'>, more: Fields = {}): Promise<Answer> {
  return ask(server.port, path, { headers: { Cookie: cookie, ...more } })
}

function post(server: TestServer, path: string, { cookie }: Pick<Person, 'cookie'>, fields: Fields, more: Fields = {}) {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: cookie, ...more }
  return ask(server.port, path, { method: 'POST', headers, body: String(new URLSearchParams(fields)) })
}

function stateOf({ body }: Answer): PageState {
  const [, json = ''] = /<script type="application\/json" id="state">([\s\S]*?)<\/script>/.exec(body) ?? []
  return JSON.parse(json)
}

function idsOf(answer: Answer): number[] {
  return (stateOf(answer).opened.messages ?? []).map(({ id }) => id)
}

/** The ids of the messages in the HTML itself. */
function shownIn({ body }: Answer): number[] {
  return [...body.matchAll(/<article [^>]*data-id="(\d+)"/g)].map(([, id]) => Number(id))
}

function linkIn({ body }: Answer, rel: 'prev' | 'next'): string | undefined {
  return new RegExp(`rel="${rel}" href="([^"]*)"`).exec(body)?.[1]
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

/** The key of a page's form, and the text in it. */
function formIn({ body }: Answer) {
  const [, key = ''] = /<input type="hidden" name="key" value="([^"]*)"/.exec(body) ?? []
  const [, text = ''] = /<textarea[^>]*>\n([\s\S]*?)<\/textarea>/.exec(body) ?? []
  const [, fault] = /id="composer-error"[^>]*>([^<]*)</.exec(body) ?? []
  return { key, text, fault }
}

async function serverWith(t: Cleanup, messages: number, room = 'tea') {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const anna = await server.signIn('Anna')
  const chat = await anna.connect()
  await chat.open(room)
  for (let i = 1; i <= messages; i++) await chat.say(room, `message ${i}`)
  return { server, anna, chat }
}

async function lastOf(chat: ChatClient, room: string) {
  return (await chat.ask({ type: 'history', room, limit: 1 }, 'history')).messages[0]
}

describe('room page', () => {
  it('shows the newest messages, the rooms and the user', async (t) => {
    const { server, anna } = await serverWith(t, 2)
    const page = await get(server, '/rooms/tea', anna)
    expect(page.status).toBe(200)
    expect(stateOf(page)).toMatchObject({
      user: anna.user,
      opened: { room: 'tea', last: 2, more: false, read: 0, list: [anna.user], online: 1 },
      newer: false,
      language: { code: 'en', texts: { send: 'Send' } },
      build: expect.stringMatching(/^[0-9a-f]{12}$/),
    })
    expect(stateOf(page).rooms.map(({ room }) => room)).toEqual(['lobby', 'tea'])
    expect(stateOf(page)).not.toHaveProperty('target')
    expect(shownIn(page)).toEqual([1, 2])
    expect(page.body).toContain('<title>tea · Teahouse</title>')
  })
  it('shows no more of the longest messages than renders quickly, and links to the others (SECURITY-REVIEW 2, 3)', async (t) => {
    const { server, anna, chat } = await serverWith(t, 0)
    for (let i = 1; i <= 12; i++) await chat.say('tea', '<'.repeat(4_000))
    const page = await get(server, '/rooms/tea', anna)
    expect(idsOf(page)).toEqual(range(9, 12))
    expect(linkIn(page, 'prev')).toBeDefined()
    expect((await chat.ask({ type: 'history', room: 'tea' }, 'history')).messages).toHaveLength(12)
  })
  it('shows the lobby at / as at its own address', async (t) => {
    const { server, anna } = await serverWith(t, 1, 'lobby')
    for (const path of ['/', '/rooms/lobby']) expect(stateOf(await get(server, path, anna)).opened.room).toBe('lobby')
  })
  it('shows another room at / after the user has left the lobby', async (t) => {
    const { server, anna, chat } = await serverWith(t, 1, 'tea')
    await chat.ask({ type: 'leave', room: 'lobby', key: 'leave' }, 'done')
    expect((await get(server, '/', anna)).headers.location).toBe('/rooms/tea')
    await chat.ask({ type: 'leave', room: 'tea', key: 'leave too' }, 'done')
    expect(stateOf(await get(server, '/', anna)).opened.room).toBe('lobby')
  })
  it.for([
    ...[
      '%2e',
      '%2E%2e',
      '%',
      '%%',
      '100%',
      '%25',
      '...',
      '.a',
      'a.',
      'a..',
      '. .',
      '．',
      '..．',
      'a/b',
      '/',
      '//',
      '/a/',
      'a//b',
    ],
    ...[
      '?',
      '#',
      'a?b#c',
      '&',
      ';',
      ';.',
      '.;',
      '..;',
      '.%00',
      '\\',
      '..\\',
      '\\\\evil.example',
      ':',
      'http://evil.example/',
    ],
    ...[
      'messages',
      '7',
      '"',
      "'",
      '<b>',
      '`',
      '|',
      '^',
      '{}',
      '[]',
      '~.',
      'a~',
      '+',
      ' a  b ',
      '茶 馆',
      '👩‍👩‍👧',
      'e\u0301',
      '@',
    ],
  ])('of a room called %j opens at its address, as a browser asks for it (FAULTS 7)', async (name, t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const chat = await anna.connect()
    const key = 'made'
    const isHidden = name.startsWith('~')
    if (isHidden)
      return expect(await chat.ask({ type: 'create', key, name }, 'error')).toMatchObject({ code: 'bad-field' })
    const { room } = await chat.ask({ type: 'create', key, name }, 'room')
    const path = `/rooms/${encodeURIComponent(room)}`
    const url = new URL(path, server.url)
    expect(url.href).toBe(server.url + path)
    expect(decodeURIComponent(url.pathname.slice('/rooms/'.length))).toBe(room)
    const page = await fetch(url, { headers: { Cookie: anna.cookie } })
    expect(page.status).toBe(200)
    expect(stateOf({ body: await page.text() } as Answer).opened.room).toBe(room)
    const id = await chat.open(room).then(() => chat.say(room, 'hello'))
    const message = await fetch(new URL(`${path}/${id}`, server.url), { headers: { Cookie: anna.cookie } })
    expect(message.status).toBe(200)
  })
  it.for(['.', '..', './', '../', '/..', 'a/..', '../../signin', 'a/./b', ' . '])(
    'cannot exist for a room called %j: no room can be created with that name or renamed to it (FAULTS 7)',
    async (name, t) => {
      const server = await startServer(t)
      const anna = await server.signIn('Anna')
      const chat = await anna.connect()
      for (const frame of [
        { type: 'open', room: name },
        { type: 'create', key: 'made', name },
        { type: 'create', key: 'private', kind: 'private', name },
        { type: 'change', key: 'renamed', room: 'tea', name },
      ] as const) {
        if (frame.type === 'change') await chat.open('tea')
        const { code, message } = await chat.ask(frame, 'error')
        expect([frame.type, code]).toEqual([frame.type, 'bad-field'])
        expect(message).toContain('must not be . or ..')
      }
      // As the WHATWG URL standard or nginx normalizes it.
      const path = `/rooms/${encodeURIComponent(name.trim())}`
      const decoded = path.replaceAll('%2F', '/')
      expect(new URL(decoded, server.url).pathname).not.toBe(decoded)
    },
  )
  it('uses the room’s own spelling, however the address is spelled', async (t) => {
    const { server, anna, chat } = await serverWith(t, 0, '茶/馆 #1?')
    await chat.open('Zo\u00eb')
    expect(stateOf(await get(server, '/rooms/%E8%8C%B6%2F%E9%A6%86%20%231%3F', anna)).opened.room).toBe('茶/馆 #1?')
    expect(stateOf(await get(server, '/rooms/%20Zoe%CC%88%20', anna)).opened.room).toBe('Zo\u00eb')
    expect((await get(server, '/', anna)).body).toContain('href="/rooms/%E8%8C%B6%2F%E9%A6%86%20%231%3F"')
  })
  it('answers 404 for a missing room, and does not create it', async (t) => {
    const { server, anna, chat } = await serverWith(t, 1)
    const page = await get(server, '/rooms/nowhere', anna)
    expect(page.status).toBe(404)
    expect(page.body).toContain('There’s no room “\u2068nowhere\u2069”.')
    expect((await get(server, '/rooms/nowhere', anna, { 'Accept-Language': 'zh' })).body).toContain(
      '没有名为“\u2068nowhere\u2069”的房间。',
    )
    expect((await get(server, '/rooms/%3Cscript%3Ea()', anna)).body).not.toContain('<script>a()')
    expect((await chat.ask({ type: 'ping' }, 'pong')).type).toBe('pong')
    expect(stateOf(await get(server, '/', anna)).rooms.map(({ room }) => room)).toEqual(['lobby', 'tea'])
  })
  it.for(['/rooms/%20', '/rooms/%E2%80%8B', `/rooms/${'x'.repeat(65)}`, '/rooms/a%00b', '/rooms/', '/rooms/tea/1/2'])(
    'answers 404 for an invalid room name: %s',
    async (path, t) => {
      const { server, anna } = await serverWith(t, 1)
      expect((await get(server, path, anna)).status).toBe(404)
    },
  )
  it('answers 400 for an address that cannot be decoded', async (t) => {
    const { server, anna } = await serverWith(t, 0)
    expect((await get(server, '/rooms/%zz', anna)).status).toBeOneOf([400, 404])
  })
  it('redirects signed-out users to sign-in, and from there back', async (t) => {
    const { server } = await serverWith(t, 3)
    const nobody = { cookie: '' }
    const { location } = (await get(server, '/rooms/tea/2', nobody)).headers
    expect(location).toBe('/signin?to=%2Frooms%2Ftea%2F2')
    expect((await get(server, '/rooms/nowhere', nobody)).status, 'who is not in learns nothing of rooms').toBe(302)
    const page = await get(server, String(location), nobody)
    const [, to = ''] = /name="to" value="([^"]*)"/.exec(page.body) ?? []
    const signedIn = await post(server, '/signin', nobody, { name: 'Bo', to })
    expect([signedIn.status, signedIn.headers.location]).toEqual([303, '/rooms/tea/2'])
    const led = await post(server, '/signin', nobody, { name: 'Bo', to: '//evil.example' })
    expect(led.headers.location).toBe('/')
  })
  it('marks unread messages in the room and in the list of rooms', async (t) => {
    const { server, anna, chat } = await serverWith(t, 1)
    const bo = await server.signIn('Bo')
    const bos = await bo.connect()
    await bos.open('tea')
    chat.send({ type: 'read', room: 'tea', id: 1 })
    await chat.settle()
    expect((await get(server, '/rooms/tea', anna)).body).not.toMatch(/unread-line|rooms-unread/)
    await bos.say('tea', 'hello @Anna')
    await bos.say('tea', 'are you there?')
    const page = await get(server, '/rooms/tea', anna)
    expect(page.body.match(/unread-line/g)).toHaveLength(1)
    expect(page.body).toContain('<span class="visually-hidden">2 unread messages</span>')
    expect(page.body).toContain('<span class="visually-hidden">1 mention</span>')
    expect(page.body).toMatch(/class="message[^"]* mentioned"[^>]*id="m2"/)
    expect((await get(server, '/rooms/tea', bo)).body).not.toContain(' mentioned"')
  })
})

describe('room page of a user without rooms', () => {
  it('says so, names the user, and offers to sign out', async (t) => {
    const { server, anna } = await serverWith(t, 0, 'lobby')
    expect((await get(server, '/', anna)).status, 'as long as a name is enough').toBe(200)
    await server.restart({ GUESTS: 'off' })
    expect((await get(server, '/signin', anna)).headers.location, 'not to sign-in').toBe('/')
    const page = await get(server, '/', anna)
    expect(page.status).toBe(403)
    expect(page.body).toContain('<h1 class="auth-title">No rooms yet</h1>')
    expect(page.body).toContain('signed in as \u2068Anna\u2069')
    expect(page.body).toMatch(/<form [^>]*method="post" action="\/signout">/)
    expect(page.body, 'a way back to here').not.toContain('href="/"')
    expect((await post(server, '/signout', anna, {})).headers.location).toBe('/signin')
    expect((await get(server, '/signin', anna)).status).toBe(200)
  })
  it('says so in the user’s language', async (t) => {
    const { server, anna } = await serverWith(t, 0, 'lobby')
    await server.restart({ GUESTS: 'off' })
    expect((await get(server, '/', anna, { 'Accept-Language': 'zh' })).body).toContain('还没有房间')
  })
})

describe('room page › history', () => {
  it('pages through older and newer messages without gaps', async (t) => {
    const { server, anna } = await serverWith(t, 120)
    const newest = await get(server, '/rooms/tea', anna)
    expect([shownIn(newest), linkIn(newest, 'prev'), linkIn(newest, 'next')]).toEqual([
      range(71, 120),
      '/rooms/tea?before=71',
      undefined,
    ])
    const older = await get(server, '/rooms/tea?before=71', anna)
    expect([idsOf(older), linkIn(older, 'prev'), linkIn(older, 'next')]).toEqual([
      range(21, 70),
      '/rooms/tea?before=21',
      '/rooms/tea?after=70',
    ])
    const oldest = await get(server, '/rooms/tea?before=21', anna)
    expect([idsOf(oldest), linkIn(oldest, 'prev'), linkIn(oldest, 'next')]).toEqual([
      range(1, 20),
      undefined,
      '/rooms/tea?after=20',
    ])
    const newer = await get(server, '/rooms/tea?after=20', anna)
    expect([idsOf(newer), linkIn(newer, 'prev'), linkIn(newer, 'next')]).toEqual([
      range(21, 70),
      '/rooms/tea?before=21',
      '/rooms/tea?after=70',
    ])
    const last = await get(server, '/rooms/tea?after=70', anna)
    expect([idsOf(last), linkIn(last, 'next')]).toEqual([range(71, 120), undefined])
    for (const [page, isNewer] of [
      [newest, false],
      [older, true],
      [newer, true],
      [last, false],
    ] as const) {
      expect(stateOf(page)).toMatchObject({ newer: isNewer, opened: { last: 120 } })
    }
  })
  it.for(['before=1', 'after=99', 'before=0', 'before=-1', 'after=x', 'before=1e3', 'before=1&before=2'])(
    'shows the newest messages for an empty or invalid position: ?%s',
    async (query, t) => {
      const { server, anna } = await serverWith(t, 2)
      const page = await get(server, `/rooms/tea?${query}`, anna)
      expect([page.status, idsOf(page), stateOf(page).newer]).toEqual([200, [1, 2], false])
    },
  )
  it('does not count changes as messages', async (t) => {
    const { server, anna, chat } = await serverWith(t, 1)
    await chat.ask({ type: 'react', room: 'tea', key: 'r', ref: 1, data: '👍', on: true }, 'sent')
    const page = await get(server, '/rooms/tea/1', anna)
    expect(stateOf(page)).toMatchObject({ newer: false, opened: { last: 2 } })
  })
})

describe('message page', () => {
  it('shows the message with the messages around it, and marks it', async (t) => {
    const { server, anna } = await serverWith(t, 120)
    const page = await get(server, '/rooms/tea/60', anna)
    expect(idsOf(page)).toEqual(range(35, 84))
    expect(stateOf(page)).toMatchObject({ target: 60, newer: true, opened: { more: true } })
    expect(page.body.match(/class="message[^"]* target"[^>]*id="m60"/g)).toHaveLength(1)
    expect(page.body.match(/class="message[^"]* target"/g)).toHaveLength(1)
    expect(stateOf(await get(server, '/rooms/tea/120', anna))).toMatchObject({ target: 120, newer: false })
  })
  it('answers 404 for an id that is not a message', async (t) => {
    const { server, anna, chat } = await serverWith(t, 2)
    await chat.ask({ type: 'edit', room: 'tea', key: 'e', ref: 1, data: 'better' }, 'sent')
    for (const id of ['3', '4', '0', '01', '-1', '1.0', 'x', '9'.repeat(30)]) {
      const page = await get(server, `/rooms/tea/${id}`, anna)
      expect([page.status, page.body.includes('id="state"')], id).toEqual([404, false])
    }
    expect((await get(server, '/rooms/tea/9', anna)).body).toContain('That message isn’t in “\u2068tea\u2069”.')
  })
  it('is linked from answers to the message', async (t) => {
    const { server, anna, chat } = await serverWith(t, 1)
    await chat.ask({ type: 'chat', room: 'tea', key: 'k', data: 'and so on', reply: 1 }, 'sent')
    const { body } = await get(server, '/rooms/tea', anna)
    expect(body).toContain('<a class="quote" href="/rooms/tea/1#m1">')
    expect(body).toContain('<bdi class="quote-text">message 1</bdi>')
    expect((await get(server, '/rooms/tea/1', anna)).status).toBe(200)
  })
})

describe('writing without JavaScript', () => {
  it('stores the message, delivers it to everyone and redirects to it', async (t) => {
    const { server, anna, chat } = await serverWith(t, 1)
    const { key } = formIn(await get(server, '/rooms/tea', anna))
    const answer = await post(server, '/rooms/tea/messages', anna, { key, data: 'hello\r\n茶馆 \r\n' })
    expect([answer.status, answer.headers.location]).toEqual([303, '/rooms/tea#m2'])
    expect(await chat.nextWhere(({ type, id }) => type === 'chat' && id === 2)).toMatchObject({
      user: anna.user,
      data: 'hello\n茶馆',
    })
    expect((await get(server, '/rooms/tea', anna)).body).toContain('id="m2"')
  })
  it('stores a form that is submitted twice once, and the same text of another page again', async (t) => {
    const { server, anna } = await serverWith(t, 0)
    const [one, other] = [await get(server, '/rooms/tea', anna), await get(server, '/rooms/tea', anna)]
    expect(formIn(one).key).not.toBe(formIn(other).key)
    const fields = { key: formIn(one).key, data: 'hello' }
    const twice = await Promise.all([1, 2].map(() => post(server, '/rooms/tea/messages', anna, fields)))
    expect(twice.map(({ headers }) => headers.location)).toEqual(['/rooms/tea#m1', '/rooms/tea#m1'])
    await post(server, '/rooms/tea/messages', anna, { key: formIn(other).key, data: 'hello' })
    expect(shownIn(await get(server, '/rooms/tea', anna))).toEqual([1, 2])
  })
  it('changes the topic once for a form that is submitted twice', async (t) => {
    const { server, anna, chat } = await serverWith(t, 0)
    const { key } = formIn(await get(server, '/rooms/tea', anna))
    const submit = (data: string) => post(server, '/rooms/tea/messages', anna, { key, data })
    expect((await submit('/topic green')).status).toBe(303)
    await chat.ask({ type: 'change', room: 'tea', key: 'later', topic: 'black' }, 'done')
    expect((await submit('/topic green')).status, 'the same again').toBe(303)
    expect(stateOf(await get(server, '/rooms/tea', anna)).rooms.find(({ room }) => room === 'tea')?.topic).toBe('black')
    expect((await submit('/topic white')).status, 'another topic under the same key').toBe(400)
  })
  it('counts a line break as one character', async (t) => {
    const { server, anna, chat } = await serverWith(t, 1)
    const lines = Array.from({ length: 40 }, () => 'x'.repeat(99)).join('\r\n')
    expect(lines).toHaveLength(4_038)
    const { status } = await post(server, '/rooms/tea/messages', anna, { key: 'lines', data: lines })
    expect(status).toBe(303)
    expect((await lastOf(chat, 'tea'))?.data).toBe(lines.replaceAll('\r\n', '\n'))
  })
  it('accepts the longest message in any script, and none longer', async (t) => {
    const { server, anna, chat } = await serverWith(t, 0)
    const longest = '👍'.repeat(4_000)
    expect((await post(server, '/rooms/tea/messages', anna, { key: 'k1', data: longest })).status).toBe(303)
    expect((await lastOf(chat, 'tea'))?.data).toBe(longest)
    const page = await post(server, '/rooms/tea/messages', anna, { key: 'k2', data: `${longest}!` })
    expect([page.status, formIn(page).fault]).toEqual([400, 'A message has at most 4,000 characters.'])
  })

  const faults: [what: string, fields: Fields, fault: RegExp][] = [
    ['is empty', { key: 'k', data: '' }, /visible character/],
    ['shows nothing', { key: 'k', data: ' \u200b\r\n' }, /visible character/],
    ['is not there', { key: 'k' }, /visible character/],
    ['is too long', { key: 'k', data: 'x'.repeat(4_001) }, /at most 4,000 characters/],
    ['has no key', { data: 'hello' }, /wasn’t accepted/],
    ['has a key that is too long', { data: 'hello', key: 'x'.repeat(65) }, /wasn’t accepted/],
    ['has a NUL', { key: 'k', data: 'a\0b' }, /wasn’t accepted/],
  ]
  it.for(faults)(
    'says beside the form what is wrong when it %s, and keeps what was typed',
    async ([, fields, fault], t) => {
      const { server, anna, chat } = await serverWith(t, 0)
      const page = await post(server, '/rooms/tea/messages', anna, fields)
      expect(page.status).toBe(400)
      expect(formIn(page).fault).toMatch(fault)
      expect(page.body).toContain('aria-describedby="composer-error"')
      expect(formIn(page).text.replaceAll('\0', '')).toBe((fields.data ?? '').replaceAll('\0', '').trimEnd())
      expect(await lastOf(chat, 'tea')).toBeUndefined()
      expect((await get(server, '/rooms/tea', anna)).body).not.toContain('composer-error')
    },
  )
  it('reports faults in the reader’s language, and shows the typed text escaped', async (t) => {
    const { server, anna } = await serverWith(t, 0)
    const data = `</textarea><script>alert(1)</script>${'x'.repeat(4_000)}`
    const page = await post(
      server,
      '/rooms/tea/messages',
      anna,
      { key: 'k', data },
      { Cookie: `${anna.cookie}; language=zh` },
    )
    expect(formIn(page).fault).toBe('一条消息最多 4,000 个字符。')
    expect(page.body).not.toContain('<script>alert')
  })
  it('keeps a first line break of the typed text', async (t) => {
    const { server, anna } = await serverWith(t, 0)
    const page = await post(server, '/rooms/tea/messages', anna, { key: 'k', data: `\n${'x'.repeat(4_000)}` })
    expect(page.body).toMatch(/<textarea[^>]*>\n\nxxx/)
  })
  it('gives the form another key when its key was used for something else', async (t) => {
    const { server, anna } = await serverWith(t, 0)
    const { key } = formIn(await get(server, '/rooms/tea', anna))
    await post(server, '/rooms/tea/messages', anna, { key, data: 'hello' })
    const page = await post(server, '/rooms/tea/messages', anna, { key, data: 'hello, all' })
    expect([page.status, formIn(page).text]).toEqual([400, 'hello, all'])
    const again = await post(server, '/rooms/tea/messages', anna, { key: formIn(page).key, data: 'hello, all' })
    expect(again.headers.location).toBe('/rooms/tea#m2')
  })
  it('has the same rate limit as the socket', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const chat = await anna.connect()
    await chat.open('lobby')
    for (let i = 1; i <= 10; i++) await chat.say('lobby', `over the socket ${i}`)
    const send = (i: number) => post(server, '/rooms/lobby/messages', anna, { key: `k${i}`, data: `message ${i}` })
    const answers = await Promise.all(range(1, 20).map(send))
    const refused = answers.filter(({ status }) => status !== 303)
    // At two a second, as many as 20 may pass: 10 if the socket had used none of the burst.
    expect(refused.length).toBeGreaterThan(10)
    for (const answer of refused) {
      expect(answer.status).toBe(429)
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
      expect(formIn(answer)).toMatchObject({
        fault: expect.stringMatching(/Too fast/),
        key: expect.stringMatching(/^k\d+$/),
      })
    }
  })
  it('changes every setting that a slash command names', async (t) => {
    const quiet: SlashCommand = {
      name: 'quiet',
      description: 'commandTopic',
      run: (name) => ({ type: 'change', settings: { name, topic: '', readOnly: true, slowMs: 5_000 } }),
    }
    const commands = slashCommands as SlashCommand[]
    commands.push(quiet)
    t.onTestFinished(() => void commands.splice(commands.indexOf(quiet), 1))
    const { server, anna } = await serverWith(t, 0)
    const { key } = formIn(await get(server, '/rooms/tea', anna))
    const answer = await post(server, '/rooms/tea/messages', anna, { key, data: '/quiet Green' })
    expect([answer.status, answer.headers.location]).toEqual([303, '/rooms/tea'])
    const { rooms } = stateOf(await get(server, '/rooms/tea', anna))
    expect(rooms.find(({ room }) => room === 'tea')).toMatchObject({ name: 'Green', readOnly: true, slowMs: 5_000 })
  })
  it('answers a program with the reason as JSON, and a browser with the form', async (t) => {
    const { server, anna } = await serverWith(t, 0)
    const refused = (headers: Record<string, string>) =>
      post(server, '/rooms/tea/messages', anna, { key: 'k', data: '/unknown command' }, headers)
    const program = await refused({ Accept: 'application/json' })
    expect([program.status, program.headers['content-type']]).toEqual([400, 'application/json; charset=utf-8'])
    expect(JSON.parse(program.body)).toEqual({ error: { status: 400, message: expect.stringContaining('/unknown') } })
    const browser = await refused({ Accept: 'text/html' })
    expect([browser.status, formIn(browser).text]).toEqual([400, '/unknown command'])
  })
  it('creates no room, and is refused to signed-out users and other sites', async (t) => {
    const { server, anna, chat } = await serverWith(t, 0)
    const fields = { key: 'k', data: 'hello' }
    expect((await post(server, '/rooms/nowhere/messages', anna, fields)).status).toBe(404)
    expect(await post(server, '/rooms/tea/messages', { cookie: '' }, fields)).toMatchObject({
      status: 303,
      headers: { location: '/signin?to=%2Frooms%2Ftea' },
    })
    const forged = await post(server, '/rooms/tea/messages', anna, fields, { Origin: 'http://evil.example' })
    expect(forged.status).toBe(403)
    expect(await lastOf(chat, 'tea')).toBeUndefined()
    expect(stateOf(await get(server, '/', anna)).rooms.map(({ room }) => room)).toEqual(['lobby', 'tea'])
  })
  it('says why the user cannot write, in place of the form', async (t) => {
    const { server, anna, chat } = await serverWith(t, 0)
    const bo = await server.signIn('Bo')
    await (await bo.connect()).open('tea')
    const why = async (person: Person) => {
      return /<noscript><p class="write-blocked">([^<]*)</.exec((await get(server, '/rooms/tea', person)).body)?.[1]
    }
    const does = (content: object) => chat.ask({ room: 'tea', key: crypto.randomUUID(), ...content } as never, 'done')
    expect([await why(anna), await why(bo)]).toEqual([undefined, undefined])
    await does({ type: 'change', readOnly: true })
    expect([await why(anna), await why(bo)]).toEqual([undefined, 'Only moderators can post here.'])
    await does({ type: 'mute', user: bo.user.id, forMs: 60_000 })
    expect([await why(anna), await why(bo)]).toEqual([undefined, expect.stringMatching(/muted here until .*UTC/)])
    const refused = await post(server, '/rooms/tea/messages', bo, { key: 'k', data: 'written before' })
    expect(formIn(refused)).toMatchObject({ text: 'written before', fault: expect.stringContaining('muted') })
    expect(refused.body, 'what would hide the text').not.toContain('write-blocked')
    await does({ type: 'change', archived: true })
    const archived = 'This room is archived. No one can post.'
    expect([await why(anna), await why(bo)]).toEqual([archived, archived])
  })
  it('redirects to the room when the address of a refused form is reloaded', async (t) => {
    const { server, anna } = await serverWith(t, 0, '茶')
    const { status, headers } = await get(server, '/rooms/%E8%8C%B6/messages', anna)
    expect([status, headers.location]).toEqual([302, '/rooms/%E8%8C%B6'])
  })
})
