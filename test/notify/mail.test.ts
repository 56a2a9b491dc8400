/** Emails of a real server, taken by a real mail server. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { hashOf, newToken } from '../../src/server/auth/tokens.ts'
import { createMails } from '../../src/server/notify/mails.ts'
import { Messenger } from '../../src/server/notify/messenger.ts'
import { Notifier } from '../../src/server/notify/notifier.ts'
import { newVapidKeys, Push } from '../../src/server/notify/push.ts'
import { WebhookHosts } from '../../src/server/outgoing/addresses.ts'
import { createPost } from '../../src/server/outgoing/post.ts'
import { minuteMs } from '../../src/shared/durations.ts'
import { Language } from '../../src/shared/language.ts'
import { en } from '../../src/shared/locales/en/index.ts'
import { zh } from '../../src/shared/locales/zh/index.ts'
import { defaultSettings } from '../../src/shared/server-settings.ts'
import { sqliteBackend } from '../store/backends.ts'
import { StoreFixture } from '../store/fixture.ts'
import { ownerNamed, password, textOf, visitorNamed } from '../support/clients/visitor.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { den, tea } from '../support/server/populate.ts'
import { type Cleanup, startServer } from '../support/server/server.ts'
import { type MailServer, startMailServer } from '../support/services/mail-server.ts'
import { pushSettings, startPushService } from '../support/services/push-service.ts'

const languages = { en: new Language('en', en), zh: new Language('zh', zh) }
const origin = 'https://chat.example.org'

async function mailingServer(t: Cleanup) {
  const mails = await startMailServer(t)
  const settings = { ...(await pushSettings(await startPushService(t))), SMTP_URL: mails.url, RATE_LIMITS: 'off' }
  const server = await startServer(t, settings)
  return { mails, server }
}

function linkIn({ text }: { text: string }, path: string): string {
  const [, link] = new RegExp(`^https?://[^/]+(/${path}/[\\w-]+)$`, 'm').exec(text) ?? []
  if (!link) throw new Error(`There is no link: ${text}`)
  return link
}

/** A notifier that looks half an hour later, with Anna's verified address. */
async function mailing(t: Cleanup, mails: MailServer) {
  const fixture = await StoreFixture.open(t, sqliteBackend)
  const { log } = recordedLog()
  const settings = { now: defaultSettings }
  const languageOf = (code: 'en' | 'zh') => languages[code]
  const config = { publicOrigin: origin, smtpUrl: mails.url, mailFrom: 'Tea <tea@chat.example.org>' }
  const made = await createMails({ config, languageOf, settings, log })
  if (!made) throw new Error('No mail is sent.')
  const push = new Push({ post: createPost(new WebhookHosts([])), keys: newVapidKeys(), subject: origin, log })
  const later = () => Date.now() + 30 * minuteMs
  const messenger = new Messenger({
    push,
    mail: (digest) => made.digest(digest, later()),
    languageOf,
    epoch: 'e',
    settings,
  })
  const usual = { canGuestsView: () => true, sessionExpiry: () => undefined, now: later }
  const notifier = () => new Notifier({ store: fixture.store, messenger, log, ...usual })
  const linkHash = hashOf(newToken(16))
  const mail = { address: 'anna@example.org', linkHash, linkExpiresAt: later() + minuteMs, token: newToken(16) }
  await fixture.store.notifications.set(fixture.anna.id, { mail })
  expect(await fixture.store.notifications.verifyMail(linkHash, Date.now())).toBe(fixture.anna.id)
  return { fixture, notifier, mail, later }
}

describe('an email', () => {
  it('has what was meant for the user and is unread for a while, once, with one click to end it', async (t) => {
    const mails = await startMailServer(t)
    const { fixture, notifier, mail } = await mailing(t, mails)
    const { anna, bo, cai } = fixture
    await fixture.write(bo, tea, { data: 'not for anybody' })
    await fixture.write(bo, tea, { data: 'hello *@Anna*\r\nBcc: x@example.org' })
    await fixture.write(cai, den, { data: '@Anna 茶？' })
    const first = notifier()
    await first.start()
    const { to, headers, text } = await mails.next()
    await first.settled()
    await first.close()
    expect(to).toEqual(['anna@example.org'])
    expect(headers).toMatchObject({
      from: 'Tea <tea@chat.example.org>',
      to: 'anna@example.org',
      subject: '2 unread messages · Teahouse',
      'auto-submitted': 'auto-generated',
      'list-unsubscribe': `<${origin}/mail/unsubscribe/${mail.token}>`,
      'list-unsubscribe-post': 'List-Unsubscribe=One-Click',
    })
    expect(headers.bcc).toBeUndefined()
    expect(text).toContain('Bo: hello @Anna Bcc: x@example.org')
    expect(text).toContain('Cai: @Anna 茶？')
    expect(text).toContain(`${origin}/rooms/tea/`)
    expect(text).not.toContain('not for anybody')
    // After a restart nothing is repeated, and what is new comes.
    await fixture.store.notifications.set(anna.id, { showsText: false, language: 'zh' })
    await fixture.write(bo, tea, { data: '@Anna a secret' })
    const second = notifier()
    await second.start()
    const next = await mails.next()
    await second.settled()
    await second.close()
    expect(next.headers.subject).toBe('1 条未读消息 · Teahouse')
    expect(next.text).not.toContain('secret')
    expect(mails.received).toHaveLength(2)
  })
  it('comes after a restart, however many rooms have unread messages', async (t) => {
    const mails = await startMailServer(t)
    const { fixture, notifier } = await mailing(t, mails)
    const { anna, bo } = fixture
    await fixture.write(bo, tea, { data: 'in the last room @Anna' }, { at: Date.now() - minuteMs })
    const one = async () => {
      const { room } = await fixture.create(bo)
      await fixture.store.rooms.join(anna.id, room)
      await fixture.write(bo, room)
    }
    await Promise.all(Array.from({ length: 200 }, one))
    const { mails: pending } = await fixture.store.notifications.pendingRooms(anna.id)
    expect([pending.length, pending.indexOf(tea)]).toEqual([201, 200])
    const started = notifier()
    await started.start()
    expect((await mails.next()).text).toContain('in the last room @Anna')
    await started.settled()
    await started.close()
    expect(mails.received).toHaveLength(1)
  })
  it('waits for its delay, the end of quiet hours and the mail server, and is not sent for what was read meanwhile', async (t) => {
    const mails = await startMailServer(t)
    const { fixture, notifier } = await mailing(t, mails)
    const { anna, bo } = fixture
    const moment = (at: number) => ({ at, graceMs: 0, canGuestsView: true })
    const { entry } = await fixture.write(bo, tea, { data: '@Anna' })
    const { notifications } = fixture.store
    expect(await notifications.nextMail(anna.id, [tea], moment(entry.at + minuteMs))).toEqual({
      type: 'wait',
      ms: 14 * minuteMs,
      rooms: [tea],
    })
    await notifications.set(anna.id, { quiet: { from: '00:00', to: '23:59' } })
    expect((await notifications.nextMail(anna.id, [tea], moment(Date.UTC(2030, 0, 1, 12)))).type).toBe('wait')
    await notifications.set(anna.id, { quiet: null })
    mails.refusal = { responseCode: 451, message: 'Try later.' }
    const failing = notifier()
    await failing.start()
    let next = await notifications.nextMail(anna.id, [tea], moment(Date.now() + 30 * minuteMs))
    while (next.type !== 'wait') next = await notifications.nextMail(anna.id, [tea], moment(Date.now() + 30 * minuteMs))
    expect(next.ms).toBeLessThanOrEqual(minuteMs)
    await failing.close()
    mails.refusal = undefined
    expect(await notifications.nextMail(anna.id, [tea], moment(Date.now() + 40 * minuteMs))).toMatchObject({
      type: 'digest',
      failures: 1,
    })
    await fixture.store.rooms.markRead(anna, tea, entry.id)
    expect(await notifications.nextMail(anna.id, [tea], moment(Date.now() + 40 * minuteMs))).toEqual({ type: 'none' })
    expect(mails.received).toEqual([])
  })
  it('confirms an address, is ended by a link or one click, and gives a new password to who has forgotten theirs', async (t) => {
    const { mails, server } = await mailingServer(t)
    const li = await ownerNamed(server, 'Li')
    const page = async () => textOf((await li.get('/account/notifications')).body)
    const form = {
      level: 'mentions',
      text: 'shown',
      keywords: 'tea，coffee',
      from: '22:00',
      to: '07:00',
      timeZone: 'Asia/Shanghai',
    }
    const withAddress = { ...form, address: 'li@example.org', delay: '15' }
    for (const wrong of ['', 'a wrong password']) {
      const { status, body } = await li.post('/account/notifications', { ...withAddress, password: wrong })
      expect([status, textOf(body).includes('Wrong password.')]).toEqual([400, true])
    }
    expect(await page()).toContain('Leave it empty')
    const saved = await li.post('/account/notifications', { ...withAddress, password })
    expect(saved.status, textOf(saved.body)).toBe(303)
    expect(await page()).toContain('isn’t confirmed yet')
    const confirm = linkIn(await mails.next(), 'mail')
    const anybody = async (path: string, method = 'GET', body?: URLSearchParams) => {
      const response = await fetch(`${server.url}${path}`, { method, ...(body && { body }) })
      return { status: response.status, text: textOf(await response.text()) }
    }
    expect((await anybody(confirm)).text).toContain('li@example.org')
    expect(await page(), 'to open the link is not enough').toContain('isn’t confirmed yet')
    expect((await anybody(confirm, 'POST')).status).toBe(200)
    expect(await page()).not.toContain('isn’t confirmed yet')
    expect((await anybody(confirm, 'POST')).status, 'it works once').toBe(404)

    // A forgotten password.
    const forgot = (address: string) => anybody('/forgot', 'POST', new URLSearchParams({ address }))
    const unknown = await forgot('nobody@example.org')
    const known = await forgot('li@example.org')
    expect(known).toEqual(unknown)
    const link = linkIn(await mails.next(), 'link')
    const other = await li.connect()
    const body = new URLSearchParams({ password: 'a new long password 8' })
    const set = await fetch(`${server.url}${link}`, { method: 'POST', body, redirect: 'manual' })
    expect(set.status).toBe(303)
    expect((await other.closed).code, 'other sessions end').toBe(4002)
    expect((await anybody(link)).status).toBe(404)
    expect((await mails.next()).headers.subject).toBe('Password changed · Teahouse')
    expect(mails.received).toHaveLength(3)

    // One click of a mail program has no session and no cookie.
    const cookie = set.headers
      .getSetCookie()
      .map((line) => line.split(';')[0])
      .join('; ')
    li.cookie = cookie
    const shown = (await li.get('/account/notifications')).body
    expect(shown).toMatch(/value="tea, coffee"[\s\S]*value="22:00"[\s\S]*value="07:00"[\s\S]*value="li@example.org"/)
    const stop = '/mail/unsubscribe/'
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'), { readOnly: true })
    const token = database.prepare('select mail_token as token from notification_settings').get()?.token
    database.close()
    expect((await anybody(`${stop}${token}`)).text).toContain('li@example.org')
    const oneClick = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' })
    for (let i = 0; i < 2; i++) expect((await anybody(`${stop}${token}`, 'POST', oneClick)).status).toBe(200)
    expect(await page()).toContain('Emails were stopped by a link')
    // The way back into the account stays, however the address is typed.
    await forgot('Li@Example.ORG ')
    expect(linkIn(await mails.next(), 'link')).toMatch(/^\/link\//)
    await li.post('/account/notifications', { ...form, address: 'li@example.org', delay: '15' })
    expect(await page()).not.toContain('Emails were stopped')
    expect((await anybody(`${stop}${'x'.repeat(22)}`)).status).toBe(404)
  })
  it('is refused where it cannot be: a wrong address, a server without a mail server', async (t) => {
    const { mails, server } = await mailingServer(t)
    const li = await ownerNamed(server, 'Li')
    const form = { level: 'mentions', text: 'shown', keywords: '', from: '', to: '', timeZone: 'UTC', delay: '15' }
    for (const address of ['x', 'a@b, c@d', 'a@b\nBcc: c@d', '<a@b>', 'a@b@c', `${'x'.repeat(250)}@b.c`]) {
      const { status, body } = await li.post('/account/notifications', { ...form, address, password })
      expect([status, textOf(body).includes('Enter a valid email address.')], address).toEqual([400, true])
    }
    mails.refusal = { responseCode: 550, message: 'No such user.' }
    const refused = await li.post('/account/notifications', { ...form, address: 'li@example.org', password })
    expect([refused.status, refused.headers.location]).toEqual([303, '/account/notifications?done=saved'])
    expect(textOf((await li.get('/account/notifications')).body)).toContain('The mail server refuses this address.')
    mails.refusal = { responseCode: 451, message: 'Try later.' }
    const later = await li.post('/account/notifications', { ...form, address: 'li@example.org', password })
    expect([later.status, textOf(later.body).includes('couldn’t be sent')]).toEqual([503, true])
    expect(textOf((await li.get('/account/notifications')).body)).not.toContain('The mail server refuses this address.')
    const guest = await visitorNamed(server, 'Guest')
    expect((await guest.get('/account/notifications')).body).not.toContain('name="address"')
    const headers = { 'content-type': 'application/json', cookie: guest.cookie }
    const body = JSON.stringify({ key: 'k', mail: { address: 'guest@example.org' } })
    const asked = await fetch(`${server.url}/api/set-notifications`, { method: 'POST', headers, body })
    expect([asked.status, (await asked.json()).message]).toEqual([403, 'Only accounts have an address for email.'])
    const plain = await startServer(t)
    expect((await fetch(`${plain.url}/forgot`)).status).toBe(404)
    expect(await (await fetch(`${plain.url}/signin`)).text()).not.toContain('/forgot')
    expect(await (await fetch(`${server.url}/signin`)).text()).toContain('/forgot')
  })
})
