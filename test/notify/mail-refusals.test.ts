/** What becomes of mails that a mail server does not take, and how many links are mailed. */
import { describe, expect, it } from 'vitest'
import { needsTls } from '../../src/server/notify/mailer.ts'
import { createMails } from '../../src/server/notify/mails.ts'
import { createLimiter } from '../../src/server/rate-limit/limiter.ts'
import type { NextMail } from '../../src/server/store/store.ts'
import { Language } from '../../src/shared/language.ts'
import { en } from '../../src/shared/locales/en/index.ts'
import { defaultSettings } from '../../src/shared/server-settings.ts'
import { recordedLog } from '../support/recorded-log.ts'
import { startMailServer } from '../support/services/mail-server.ts'

const user = { id: 1, name: 'Anna', image: 0 }
const told = [{ roomId: 1, to: 7 }]
const digest: Extract<NextMail, { type: 'digest' }> = {
  type: 'digest',
  rooms: ['tea'],
  user,
  address: 'anna@example.org',
  token: 'token',
  language: 'en',
  timeZone: 'UTC',
  showsText: true,
  notices: [],
  told,
  failures: 0,
}

describe('a digest', () => {
  it('is given up when there is no such recipient or after a day, and else sent again', async (t) => {
    const server = await startMailServer(t)
    const { log } = recordedLog()
    const config = { publicOrigin: 'https://chat.example.org', smtpUrl: server.url, mailFrom: undefined }
    const languageOf = () => new Language('en', en)
    const mails = await createMails({ config, languageOf, settings: { now: defaultSettings }, log })
    const result = (failures = 0) => mails?.digest({ ...digest, failures }, 1_000)
    const { address } = digest
    expect(await result()).toEqual({ userId: 1, told, taken: { address, isRefused: false } })
    server.refusal = { responseCode: 550, message: 'No such user.' }
    expect(await result()).toEqual({ userId: 1, told, taken: { address, isRefused: true } })
    server.refusal = { responseCode: 554, message: 'Your host is blocked.' }
    expect(await result()).toEqual({ userId: 1, told: [], retryAt: 61_000 })
    server.refusal = undefined
    server.senderRefusal = { responseCode: 550, message: 'You may not send as that.' }
    expect(await result(1)).toEqual({ userId: 1, told: [], retryAt: 121_000 })
    expect(await result(27)).toEqual({ userId: 1, told })
  })
})

describe('a mail server', () => {
  it('must offer TLS unless it is near', () => {
    for (const url of ['smtp://mail.example.org:587', 'smtp://a:b@smtp.example.org'])
      expect(needsTls(url), url).toBe(true)
    for (const url of [
      'smtp://localhost:25',
      'smtp://127.0.0.1',
      'smtp://[::1]:25',
      'smtp://mail:25',
      'smtp://10.0.0.2',
    ])
      expect(needsTls(url), url).toBe(false)
    expect(needsTls('smtp://8.8.8.8')).toBe(true)
  })
})

describe('links by mail', () => {
  it('are few for one address, whoever asks and however it is typed, and for one network', () => {
    const limiter = createLimiter(true)
    const asker = (id: number) => ({ user: { id, name: `U${id}`, image: 0 }, isVerified: true })
    for (let i = 0; i < 3; i++) expect(limiter.mailLink(asker(i), `10.0.0.${i}`, 'victim@example.org')).toBe(0)
    expect(limiter.mailLink(asker(9), '10.0.0.9', ' Victim@Example.org')).toBeGreaterThan(0)
    expect(limiter.mailLink(asker(9), '10.0.0.9', 'other@example.org')).toBe(0)
    for (let i = 0; i < 30; i++) expect(limiter.mailLink(asker(100 + i), '10.1.1.1', `u${i}@example.org`)).toBe(0)
    expect(limiter.mailLink(asker(200), '10.1.1.1', 'more@example.org')).toBeGreaterThan(0)
    for (let i = 0; i < 3; i++) expect(limiter.passwordMailTo('li@example.org')).toBe(0)
    expect(limiter.passwordMailTo('LI@example.org')).toBeGreaterThan(0)
  })
})
