/** Emails as people read them: plain texts with links. */
import { hourMs, minuteMs } from '../../shared/durations.ts'
import type { Language, LanguageCode, ServerTextKey } from '../../shared/language.ts'
import { excerptOf } from '../../shared/markdown/excerpt.ts'
import type { Message } from '../../shared/protocol/types.ts'
import { roomPath } from '../../shared/room-path.ts'
import { displayTitleOf } from '../../shared/rooms.ts'
import { programName, type ServerSettings } from '../../shared/server-settings.ts'
import type { Addressee } from '../commands/notify.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import type { MailResult, NextMail } from '../store/store.ts'
import { Mailer, type MailOutcome } from './mailer.ts'

type Digest = Extract<NextMail, { type: 'digest' }>
type MailLanguage = Pick<Language<ServerTextKey | 'lobby'>, 't' | 'code'>

/** Maximum length of a message in a digest. */
const maxTextCharacters = 300
/** Doubled for each failure. */
const firstRetryMs = minuteMs
const maxRetryMs = hourMs
/** A digest is given up then: after a day, as pushes are. */
const maxFailures = 28

interface Needs {
  config: Pick<Config, 'publicOrigin' | 'smtpUrl' | 'mailFrom'>
  languageOf: (code: LanguageCode) => MailLanguage
  settings: { readonly now: Pick<ServerSettings, 'name'> }
  log: Pick<Log, 'event'>
}

/** Undefined where no email is sent. */
export async function createMails({ config, languageOf, settings, log }: Needs): Promise<Mails | undefined> {
  const { publicOrigin: origin, smtpUrl, mailFrom } = config
  if (origin === undefined || smtpUrl === undefined) return undefined
  const from = mailFrom ?? `teahouse@${new URL(origin).hostname}`
  return new Mails({ mailer: await Mailer.open(smtpUrl, from, log), origin, languageOf, settings })
}

interface MailNeeds extends Pick<Needs, 'languageOf' | 'settings'> {
  mailer: Mailer
  origin: string
}

export class Mails {
  readonly #needs: MailNeeds

  constructor(needs: MailNeeds) {
    this.#needs = needs
  }

  get #server(): string {
    return this.#needs.settings.now.name || programName
  }

  async verification({ user, address, language, token }: Addressee): Promise<MailOutcome> {
    const { mailer, origin, languageOf } = this.#needs
    const { t } = languageOf(language)
    const values = { name: user.name, server: this.#server }
    const text = [t('verifyMailText', values), `${origin}/mail/${token}`, t('mailNotAsked')].join('\n\n')
    return await mailer.send({ to: address, subject: t('verifyMailSubject', values), text })
  }

  async password({ user, address, language, token }: Addressee): Promise<boolean> {
    const { mailer, origin, languageOf } = this.#needs
    const { t } = languageOf(language)
    const values = { name: user.name, server: this.#server }
    const text = [t('passwordMailText', values), `${origin}/link/${token}`, t('mailNotAsked')].join('\n\n')
    return (await mailer.send({ to: address, subject: t('passwordMailSubject', values), text })) === 'sent'
  }

  async change(what: 'address' | 'password', { user, address, language }: Omit<Addressee, 'token'>): Promise<void> {
    const { mailer, origin, languageOf } = this.#needs
    const { t } = languageOf(language)
    const values = { name: user.name, server: this.#server }
    const [subject, text] =
      what === 'address'
        ? [t('addressChangedSubject', values), t('addressChangedText', values)]
        : [t('passwordChangedSubject', values), t('passwordChangedText', values)]
    await mailer.send({ to: address, subject, text: `${text}\n\n${origin}/account` })
  }

  /** @returns what is to be kept of it */
  async digest(digest: Digest, now = Date.now()): Promise<MailResult> {
    const { mailer, origin, languageOf } = this.#needs
    const { user, address, token, language, told, failures } = digest
    const stop = `${origin}/mail/unsubscribe/${token}`
    const { t } = languageOf(language)
    const n = digest.notices.reduce((sum, { count }) => sum + count, 0)
    const outcome = await mailer.send({
      to: address,
      subject: t('digestSubject', { n, server: this.#server }),
      text: digestText(digest, { origin, stop, server: this.#server, language: languageOf(language) }),
      // One click, in the mail program itself, is enough (RFC 8058).
      headers: { 'List-Unsubscribe': `<${stop}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    })
    if (outcome !== 'later') return { userId: user.id, told, taken: { address, isRefused: outcome === 'refused' } }
    if (failures + 1 >= maxFailures) return { userId: user.id, told }
    const waitMs = Math.min(firstRetryMs * 2 ** Math.min(failures, 20), maxRetryMs)
    return { userId: user.id, told: [], retryAt: now + waitMs }
  }
}

interface Around {
  origin: string
  stop: string
  server: string
  language: MailLanguage
}

function digestText(digest: Digest, { origin, stop, server, language }: Around): string {
  const { user, notices, told, showsText, timeZone } = digest
  const { t, code } = language
  const time = new Intl.DateTimeFormat(code, { dateStyle: 'medium', timeStyle: 'short', timeZone })
  const rooms = notices.map(({ room, message, count, messages }) => {
    const { title } = displayTitleOf(room, t)
    const lines = showsText ? messages.map((one) => `${time.format(one.at)}  ${one.user.name}: ${textOf(one)}`) : []
    const others = count - messages.length
    const rest = showsText && others > 0 ? [t('digestMore', { n: others })] : []
    const head = `${title} · ${t('messagesCame', { n: count })}`
    return [head, ...lines, ...rest, `${origin}${roomPath(room.room, message.id)}`].join('\n')
  })
  const others = told.length - notices.length
  return [
    t('digestText', { name: user.name, server }),
    ...rooms,
    ...(others > 0 ? [t('digestMoreRooms', { n: others })] : []),
    `${t('digestStop')}\n${stop}`,
  ].join('\n\n')
}

function textOf(message: Message): string {
  const text = [...excerptOf(message).replace(/\s+/g, ' ').trim()]
  return text.length <= maxTextCharacters ? text.join('') : `${text.slice(0, maxTextCharacters).join('')}…`
}
