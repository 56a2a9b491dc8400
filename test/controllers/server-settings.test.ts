/** The owner's page for the settings of the server, and where they appear. */
import { describe, expect, it } from 'vitest'
import { accents } from '../../src/shared/appearance/accents.ts'
import { iconDrawings } from '../../src/shared/appearance/server-icon.ts'
import { dayMs } from '../../src/shared/durations.ts'
import { closeCodes } from '../../src/shared/protocol/close-codes.ts'
import { create } from '../support/clients/uploads.ts'
import { memberNamed, ownerNamed, pathOf, textOf, Visitor, visitorNamed } from '../support/clients/visitor.ts'
import { startServer } from '../support/server/server.ts'

const hostile = '</title><script>alert(1)</script>"\''
const escaped = '&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;'

describe('the page of server settings', () => {
  it('is for the owner; others, admins too, get the same 404 as for a missing page', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    const ada = await memberNamed(server, 'Ada')
    await li.post('/admin/people/2/role', { role: 'admin' })
    const bo = await visitorNamed(server, 'Bo')
    for (const other of [ada, bo, new Visitor(server)]) {
      const [answer, nowhere] = [await other.get('/admin/server'), await other.get('/nowhere')]
      expect([answer.status, answer.body]).toEqual([404, nowhere.body])
      expect((await other.post('/admin/server', { name: 'Mine' })).status).toBe(404)
    }
    expect((await ada.get('/admin')).body).not.toContain('/admin/server')
    expect((await li.get('/admin')).body).toContain('/admin/server')
    expect((await li.get('/admin/server')).body).not.toContain('Mine')
  })
  it('sets name and welcome text at once and after a restart, escaped on every page', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    const before = (await new Visitor(server).get('/signin')).body
    expect(before).toContain('Teahouse <span')
    const saved = await li.post('/admin/server', { name: ` ${hostile} `, welcome: 'Tea\r\nfor <all>' })
    expect([saved.status, saved.headers.location]).toEqual([303, '/admin/server?done=saved'])
    for (const again of [false, true]) {
      if (again) await server.restart()
      const { body } = await new Visitor(server).get('/signin')
      expect(body).toContain(`<title>Sign in · ${escaped}</title>`)
      expect(body).toContain(`<h1 class="auth-title" dir="auto">${escaped}</h1>`)
      expect(body).toContain('Tea\nfor &lt;all&gt;')
      expect(body).not.toContain('Teahouse')
      expect((await new Visitor(server).get('/nowhere')).body).toContain(`dir="auto">${escaped}</p>`)
      const room = (await li.get('/')).body
      expect(room).toContain(`<span class="rooms-brand" dir="auto">${escaped}</span>`)
      expect(room).toContain(`<title>lobby · ${escaped}</title>`)
      const manifest = await new Visitor(server).get('/manifest.webmanifest')
      expect(JSON.parse(manifest.body)).toMatchObject({ name: hostile, short_name: hostile })
    }
    expect((await li.get('/admin/log')).body).toContain('changed the server settings: name and welcome text')
  })
  it('names the server on an invitation, in Chinese too', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    await li.post('/admin/server', { name: '四海茶馆', welcome: '' })
    const chat = await li.connect()
    await chat.open('lobby')
    const { token } = await chat.ask({ type: 'invite', room: 'lobby', key: 'k', uses: 1, forMs: dayMs }, 'invite')
    await chat.close()
    const page = await new Visitor(server).get(`/link/${token}`)
    expect(page.body).toContain('<p class="auth-server" dir="auto">四海茶馆</p>')
    li.cookie += '; language=zh'
    expect((await li.get('/admin/server')).body).toContain('服务器名称')
  })
  it('is undone from the audit log by the owner; an admin reads the record without a button', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    const ada = await memberNamed(server, 'Ada')
    await li.post('/admin/people/2/role', { role: 'admin' })
    await li.post('/admin/server', { name: 'Corner' })
    const [, undo = '', id = ''] =
      /action="(\/admin\/audit\/(\d+)\/undo)"/.exec((await li.get('/admin/log')).body) ?? []
    const forAdmin = await ada.get('/admin/log')
    expect(forAdmin.body).toContain('changed the server settings: name')
    expect(forAdmin.body).not.toContain(undo)
    expect((await ada.get(`/admin/rooms?done=${id}`)).body, 'a notice').not.toContain(undo)
    expect((await ada.post(undo)).status).toBe(403)
    expect((await li.post(undo)).status).toBe(303)
    await expect.poll(async () => (await new Visitor(server).get('/signin')).body).not.toContain('Corner')
  })
  it('refuses names and texts that cannot be shown, and keeps what was typed', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    for (const [fields, reason] of [
      [{ name: 'x'.repeat(41) }, 'at most 40 characters'],
      [{ name: 'a\u202eb' }, 'change the text direction'],
      [{ name: '\u200b' }, 'visible character'],
      [{ name: 'Corner', welcome: 'x'.repeat(501) }, 'at most 500 characters'],
      [{ name: 'Corner', welcome: '\u2800' }, 'visible character'],
    ] as const) {
      const { status, body } = await li.post('/admin/server', fields)
      expect([status, body.includes(reason)], reason).toEqual([400, true])
      expect(body).toContain(`value="${fields.name}"`)
    }
    expect((await new Visitor(server).get('/signin')).body).toContain('Teahouse')
    // Empty is the default again.
    expect((await li.post('/admin/server', { name: '', welcome: '' })).status).toBe(303)
  })
  it('decides whether guests can sign in, at once, over the environment variable GUESTS', async (t) => {
    const server = await startServer(t, { GUESTS: 'off' })
    const li = await ownerNamed(server, 'Li')
    const signIn = () => new Visitor(server).post('/signin', { name: 'Bo', password: '' })
    expect((await signIn()).status).toBe(403)
    // The form as it is shown changes nothing, so that the variable still counts.
    await li.post('/admin/server', { name: 'Corner', guests: 'off' })
    await server.restart({ GUESTS: 'on' })
    expect((await signIn()).status).toBe(303)
    await li.post('/admin/server', { name: 'Corner', guests: 'off' })
    expect((await signIn()).status).toBe(403)
    expect((await new Visitor(server).get('/signin')).body).toContain('You need a password or an invitation.')
    await server.restart({ GUESTS: 'on' })
    expect((await signIn()).status).toBe(403)
    await li.post('/admin/server', { name: 'Corner', guests: 'on' })
    expect((await signIn()).status).toBe(303)
    // A form without the choice leaves it as it is.
    await li.post('/admin/server', { name: 'Corner' })
    expect((await signIn()).status).toBe(303)
  })
  it('lets connected guests come back with the access that they have now, and leaves accounts connected', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    const bo = await visitorNamed(server, 'Bo')
    const [owner, guest] = [await li.connect(), await bo.connect()]
    await guest.open('lobby')
    await li.post('/admin/server', { guests: 'off' })
    expect((await guest.closed).code).toBe(closeCodes.restart)
    const again = await bo.connect()
    const { message } = await again.ask({ type: 'open', room: 'lobby' }, 'error')
    expect(message).toContain('no such room')
    await owner.open('lobby')
    await li.post('/admin/server', { guests: 'on' })
    expect((await again.closed).code).toBe(closeCodes.restart)
    const back = await bo.connect()
    await back.open('lobby')
    for (const chat of [owner, back]) await chat.close()
  })
  it('sets the limits of files, in megabytes and at once, over the environment, and an undo restores them', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', MAX_FILE_BYTES: '3000000' })
    const li = await ownerNamed(server, 'Li')
    const by = { cookie: li.cookie }
    const refusal = async (bytes: number) => {
      const response = await create(server, by, { bytes: 'x'.repeat(bytes) })
      return response.ok ? undefined : ((await response.json()) as { message: string }).message
    }
    const { body } = await li.get('/admin/server')
    for (const [name, value] of [
      ['maxFileBytes', '3'],
      ['fileBytesPerDay', '2000'],
      ['maxStorageBytes', '0'],
    ])
      expect(body).toMatch(new RegExp(`name="${name}"[^>]* value="${value}"`))
    // The form as it is shown changes nothing, so that the environment still counts.
    await li.post('/admin/server', { name: '', maxFileBytes: '3', fileBytesPerDay: '2000', maxStorageBytes: '0' })
    await server.restart({ MAX_FILE_BYTES: '2000000' })
    expect(await refusal(2_000_001)).toBe('A file has at most 2000000 bytes.')

    await li.post('/admin/server', { name: '', maxFileBytes: '0,5', fileBytesPerDay: '0.6', maxStorageBytes: '0.4' })
    const capabilities = await fetch(`${server.url}/rooms/lobby/files`, { method: 'OPTIONS' })
    expect(capabilities.headers.get('tus-max-size')).toBe('500000')
    expect(await refusal(500_001)).toBe('A file has at most 500000 bytes.')
    expect(await refusal(400_001)).toBe('The files of this server can have 400000 bytes together.')
    expect(await refusal(300_000)).toBeUndefined()
    await li.post('/admin/server', { name: '', maxStorageBytes: '0' })
    expect(await refusal(300_001)).toBe('You can upload 600000 bytes in 24 hours.')
    await server.restart({ MAX_FILE_BYTES: '2000000' })
    expect(await refusal(500_001)).toBe('A file has at most 500000 bytes.')

    const log = (await li.get('/admin/log')).body
    expect(log).toContain(
      'changed the server settings: maximum file size, uploads per day, and maximum size of all files',
    )
    const undos = [...log.matchAll(/action="(\/admin\/audit\/\d+\/undo)"/g)].map(([, path = '']) => path)
    expect((await li.post(undos.at(-1) ?? '')).status).toBe(303)
    await expect.poll(() => refusal(2_000_001)).toBe('A file has at most 2000000 bytes.')

    for (const typed of ['-1', '1e9', 'much', '1.1234567', '9999999999']) {
      const refused = await li.post('/admin/server', { name: 'Corner', maxFileBytes: typed })
      expect([refused.status, refused.body.includes('number of megabytes')], typed).toEqual([400, true])
      expect(refused.body).toMatch(new RegExp(`name="maxFileBytes"[^>]* value="${typed}"`))
    }
  })
  it('sets the language of those who have chosen none', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    const asks = (headers: Record<string, string>) => new Visitor(server, headers).get('/signin')
    await li.post('/admin/server', { language: 'zh' })
    expect((await asks({ 'Accept-Language': 'en' })).body).toContain('<html lang="zh-CN">')
    expect((await asks({ 'Accept-Language': 'en', Cookie: 'language=en' })).body).toContain('<html lang="en">')
    await li.post('/admin/server', { language: 'browser' })
    expect((await asks({ 'Accept-Language': 'en' })).body).toContain('<html lang="en">')
  })
  it('sets the accent colour of every page; what is no choice leaves it as it is', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    const page = async () => (await new Visitor(server).get('/signin')).body
    expect(await page()).toContain('<html lang="en">')
    await li.post('/admin/server', { accent: 'blue' })
    expect(await page()).toContain('<html lang="en" data-accent="blue">')
    for (const accent of ['"><script>', 'constructor', '']) await li.post('/admin/server', { accent })
    await server.restart()
    expect(await page()).toContain('<html lang="en" data-accent="blue">')
    expect((await li.get('/admin/log')).body).toContain('changed the server settings: accent colour')
    await li.post('/admin/server', { accent: 'green' })
    expect(await page()).toContain('<html lang="en">')
  })
  it('sets the icon of every page: a drawing in the accent colour, or an emoji', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    const iconOf = ({ body }: { body: string }) => /rel="icon"[^>]* href="([^"]+)"/.exec(body)?.[1] ?? ''
    const icon = async () => iconOf(await new Visitor(server).get('/signin'))
    expect(await icon()).toBe('/icon/plain/green/cup')
    await li.post('/admin/server', { icon: 'leaf', accent: 'blue' })
    expect(await icon()).toBe('/icon/plain/blue/leaf')
    await li.post('/admin/server', { icon: 'leaf', emoji: ' 🍵 ' })
    for (const page of [await new Visitor(server).get('/signin'), await li.get('/'), await li.get('/account')])
      expect(iconOf(page)).toBe('/icon/plain/blue/%F0%9F%8D%B5')
    expect((await new Visitor(server).get('/signin')).body).toContain('class="auth-logo" src="/icon/plain/blue/%F0%9F')
    expect((await li.get('/admin/server')).body).toContain('name="emoji" type="text" value="🍵"')
    expect((await li.get('/admin/log')).body).toContain('changed the server settings: icon')
    for (const emoji of ['tea', '🍵🍵', '<g/>', 'constructor']) {
      const refused = await li.post('/admin/server', { icon: 'leaf', emoji })
      expect([refused.status, refused.body.includes('Enter one emoji')], emoji).toEqual([400, true])
    }
    expect((await li.post('/admin/server', { icon: 'toString' })).status).toBe(303)
    await server.restart()
    expect(await icon()).toBe('/icon/plain/blue/%F0%9F%8D%B5')
    await li.post('/admin/server', { icon: 'pot', emoji: '' })
    expect(await icon()).toBe('/icon/plain/blue/pot')
    const manifest = JSON.parse((await new Visitor(server).get('/manifest.webmanifest')).body)
    expect(manifest.icons.map(({ type }: { type: string }) => type)).toEqual(['image/png', 'image/png', 'image/png'])
  })
  it('decides whether guests can create rooms, also by opening a new address', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    const bo = await visitorNamed(server, 'Bo')
    const chat = await bo.connect()
    await chat.open('green')
    expect((await bo.get('/rooms/green')).body).toContain('rooms-new')
    await li.post('/admin/server', { guestRooms: 'off' })
    expect(await chat.ask({ type: 'open', room: 'black' }, 'error')).toMatchObject({ code: 'no-such-room' })
    expect((await bo.get('/rooms/green')).body).not.toContain('rooms-new')
    await chat.open('lobby')
    const owner = await li.connect()
    await owner.open('black')
    await chat.open('black')
    for (const one of [owner, chat]) await one.close()
  })
})

describe('the first steps of a new owner', () => {
  it('lead from the settings to the first invitation, with a way to the chat on every page', async (t) => {
    const server = await startServer(t, { GUESTS: 'off' })
    const li = await ownerNamed(server, 'Li')
    const first = await li.get('/admin/server?guide=1')
    expect(textOf(first.body)).toContain('Name the server and choose who can sign in')
    expect(first.body).toContain('class="button-quiet panel-link-button guide-leave" href="/"')
    expect(first.body).toMatch(/href="\/admin\/server\?guide=1" aria-current="step"/)
    expect(first.body, 'for a change of language').toContain('name="to" value="/admin/server?guide=1"')
    const refused = await li.post('/admin/server', { guide: '1', name: 'x'.repeat(41) })
    expect([refused.status, refused.body.includes('name="guide" value="1"')]).toEqual([400, true])
    const saved = await li.post('/admin/server', { guide: '1', name: 'Corner', guests: 'off' })
    expect([saved.status, saved.headers.location]).toEqual([303, '/admin/server/invitation'])
    const second = await li.get('/admin/server/invitation')
    expect(second.body).toMatch(/href="\/admin\/server\/invitation" aria-current="step"/)
    expect(second.body).toContain('class="button-quiet panel-link-button guide-leave" href="/"')
    const made = await li.post('/admin/server/invitation', { uses: '1', days: '1' })
    const [, link = ''] = /value="([^"]*\/link\/[^"]+)"/.exec(made.body) ?? []
    expect(textOf((await new Visitor(server).get(pathOf(link))).body)).toContain('Li invited you to “lobby”')
    const [bo, late] = [new Visitor(server), new Visitor(server)]
    const joined = await bo.post(pathOf(link), { name: 'Bo', password: '' })
    expect([joined.status, joined.headers.location]).toEqual([303, '/rooms/lobby'])
    expect((await late.post(pathOf(link), { name: 'Mo', password: '' })).status).toBe(404)
    expect(textOf((await li.get('/admin/log')).body)).toContain('Li created an invitation to lobby for 1 person')
  })
  it('are not shown on the page of settings otherwise', async (t) => {
    const li = await ownerNamed(await startServer(t), 'Li')
    const { body } = await li.get('/admin/server')
    expect(body).not.toContain('guide')
    expect(body).toContain('name="to" value="/admin/server"')
  })
  it('create no invitation for other users, nor with other choices', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    const ada = await memberNamed(server, 'Ada')
    await li.post('/admin/people/2/role', { role: 'admin' })
    for (const other of [ada, await visitorNamed(server, 'Bo'), new Visitor(server)]) {
      expect((await other.get('/admin/server/invitation')).status).toBe(404)
      expect((await other.post('/admin/server/invitation', { uses: '1', days: '1' })).status).toBe(404)
    }
    for (const fields of [{}, { uses: '2', days: '1' }, { uses: '1', days: '0' }, { uses: '1' }])
      expect((await li.post('/admin/server/invitation', fields)).status).toBe(400)
    expect((await li.get('/admin/log')).body).not.toContain('invitation')
  })
  it('are shown in Chinese too', async (t) => {
    const li = await ownerNamed(await startServer(t), 'Li')
    li.cookie += '; language=zh'
    expect((await li.get('/admin/server?guide=1')).body).toContain('为服务器命名，选择谁可以登录')
    expect((await li.get('/admin/server/invitation')).body).toContain('邀请第一批人')
  })
})

describe('the address of an icon', () => {
  it('answers with an image that browsers may keep, for each drawing and state', async (t) => {
    const visitor = new Visitor(await startServer(t, { RATE_LIMITS: 'off' }))
    const seen = new Set<string>()
    for (const state of ['plain', 'unread', 'mention']) {
      for (const accent of Object.keys(accents)) {
        for (const icon of Object.keys(iconDrawings)) {
          const { status, headers, body } = await visitor.get(`/icon/${state}/${accent}/${icon}`)
          expect([status, headers['content-type']]).toEqual([200, 'image/svg+xml; charset=utf-8'])
          expect(headers['cache-control']).toBe('public, max-age=604800')
          expect([body.startsWith('<svg '), body.trimEnd().endsWith('</svg>')]).toEqual([true, true])
          expect(body).toMatch(/ fill="#\w{6}" stroke="none" \/>\s*<path d="M/)
          seen.add(body)
        }
      }
      const { body } = await visitor.get(`/icon/${state}/green/${encodeURIComponent('👩‍🚀')}`)
      expect(body).toContain('>👩‍🚀</text>')
      seen.add(body)
    }
    const each = Object.keys(accents).length * Object.keys(iconDrawings).length + 1
    expect(seen.size).toBe(3 * each)
  })
  it('answers 304 to a browser that has the image', async (t) => {
    const server = await startServer(t)
    const { headers } = await new Visitor(server).get('/icon/plain/green/cup')
    const again = new Visitor(server, { 'If-None-Match': String(headers.etag) })
    expect(await again.get('/icon/plain/green/cup')).toMatchObject({ status: 304, body: '' })
  })
  it('does not exist for what is no drawing or emoji', async (t) => {
    const visitor = new Visitor(await startServer(t))
    for (const path of ['plain/green/tea', 'plain/red/cup', 'other/green/cup', 'plain/green/%3Cg%2F%3E', 'plain/green'])
      expect((await visitor.get(`/icon/${path}`)).status, path).toBe(404)
  })
})
