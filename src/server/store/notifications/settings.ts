/** What a user wants to be told outside of an open page, and the address for emails. */
import type { LanguageCode } from '../../../shared/language.ts'
import { addressKey, mailDelay } from '../../../shared/protocol/notification-commands.ts'
import type { NotificationLevel, User } from '../../../shared/protocol/types.ts'
import { termsOf } from '../../../shared/search/terms.ts'
import type { MailChange, NotificationChange, StoredNotificationSettings } from '../contracts/notifications.ts'
import { type UserColumns, userColumns, userOf } from '../rows.ts'
import { all, one, type Rule, run } from '../transaction.ts'
import { keywordsSql } from './keywords.ts'
import { passMailed } from './notices.ts'
import { passBefore } from './widening.ts'

export const settingsSql = {
  settings: `
    select level, quiet_from as "quietFrom", quiet_to as "quietTo", time_zone as "timeZone", language,
      shows_text as "showsText", mail_address as "mailAddress", mail_verified as "mailVerified",
      mail_delay_minutes as "mailDelayMinutes", mail_digests as "mailDigests", mail_token as "mailToken",
      mail_refused as "mailRefused"
    from notification_settings where user_id = ?`,
  link: `
    select ${userColumns()}, mail_address as address
    from notification_settings join users on users.id = user_id
    where mail_link_hash = ? and mail_link_expires_at > ?`,
  token: `
    select ${userColumns()}, mail_address as address
    from notification_settings join users on users.id = user_id where mail_token = ? and mail_verified = 1`,
  accounts: `
    select ${userColumns()}, language
    from notification_settings {index:notification_settings_mail} join users on users.id = user_id
    where mail_key = ? and mail_verified = 1 and role <> 'guest'
    order by users.id limit 3`,
}

interface SettingsRow {
  level: NotificationLevel
  quietFrom: number | null
  quietTo: number | null
  timeZone: string
  language: LanguageCode
  showsText: number
  mailAddress: string | null
  mailVerified: number
  mailDelayMinutes: number
  mailDigests: number
  mailToken: string | null
  mailRefused: number
}

export function* notificationSettings(userId: number): Rule<StoredNotificationSettings> {
  const row = yield* one<SettingsRow>(settingsSql.settings, userId)
  const keywords = (yield* all<{ keyword: string }>(keywordsSql, userId)).map(({ keyword }) => keyword)
  if (!row) {
    const usual = { level: 'mentions', timeZone: 'UTC', language: 'en', showsText: true } as const
    return { ...usual, keywords, mailToken: undefined }
  }
  const { quietFrom, quietTo, mailAddress, mailDelayMinutes: delayMinutes } = row
  return {
    level: row.level,
    ...(quietFrom !== null && quietTo !== null && { quiet: { from: timeOf(quietFrom), to: timeOf(quietTo) } }),
    timeZone: row.timeZone,
    language: row.language,
    keywords,
    showsText: row.showsText === 1,
    ...(mailAddress !== null && {
      mail: {
        address: mailAddress,
        verified: row.mailVerified === 1,
        delayMinutes,
        ...(row.mailDigests === 0 && { stopped: true as const }),
        ...(row.mailRefused === 1 && { refused: true as const }),
      },
    }),
    mailToken: row.mailToken ?? undefined,
  }
}

export function* ensureSettings(userId: number): Rule<void> {
  yield* run('insert into notification_settings (user_id) values (?) on conflict do nothing', userId)
}

export function* setNotifications(userId: number, change: NotificationChange): Rule<void> {
  yield* ensureSettings(userId)
  yield* passBefore(userId, change)
  const { level, quiet, timeZone, language, keywords, showsText, mail } = change
  yield* run(
    `update notification_settings set level = coalesce(?, level), time_zone = coalesce(?, time_zone),
      language = coalesce(?, language), shows_text = coalesce(?, shows_text)
    where user_id = ?`,
    level ?? null,
    timeZone ?? null,
    language ?? null,
    showsText === undefined ? null : Number(showsText),
    userId,
  )
  if (quiet !== undefined) {
    const sql = 'update notification_settings set quiet_from = ?, quiet_to = ? where user_id = ?'
    yield* run(sql, quiet && minutesOf(quiet.from), quiet && minutesOf(quiet.to), userId)
  }
  if (keywords) yield* setKeywords(userId, keywords)
  if (mail === null) yield* removeMail(userId)
  else if (mail) yield* setMail(userId, mail)
}

function* setKeywords(userId: number, keywords: readonly string[]): Rule<void> {
  yield* run('delete from keywords where user_id = ?', userId)
  for (const [position, keyword] of keywords.entries()) {
    const [term] = termsOf(keyword)
    if (term === undefined) continue
    const sql = 'insert into keywords (user_id, position, keyword, term) values (?, ?, ?, ?)'
    yield* run(sql, userId, position, keyword, term)
  }
}

/** The same verified address stays so: only the delay changes, and emails that were stopped come again. */
function* setMail(userId: number, { address, delayMinutes, linkHash, linkExpiresAt, token }: MailChange): Rule<void> {
  const delay = `update notification_settings set mail_delay_minutes = coalesce(?, mail_delay_minutes), mail_digests = 1
    where user_id = ?`
  // What was written while they were stopped is not mailed.
  if (yield* one('select 1 from notification_settings where user_id = ? and mail_digests = 0', userId))
    yield* passMailed(userId)
  yield* run(delay, delayMinutes ?? null, userId)
  yield* run(
    `update notification_settings set mail_verified = 0, mail_link_hash = ?, mail_link_expires_at = ?,
      mail_token = case when mail_address = ? then coalesce(mail_token, ?) else ? end, mail_address = ?,
      mail_key = ?,
      mail_failures = 0, mail_next_at = 0, mail_refused = 0
    where user_id = ? and (mail_verified = 0 or mail_address is distinct from ?)`,
    linkHash,
    linkExpiresAt,
    address,
    token,
    token,
    address,
    addressKey(address),
    userId,
    address,
  )
}

export function* removeMail(userId: number): Rule<void> {
  yield* run(
    `update notification_settings set mail_address = null, mail_key = null, mail_verified = 0, mail_link_hash = null,
      mail_link_expires_at = null, mail_token = null, mail_failures = 0, mail_next_at = 0,
      mail_refused = 0, mail_delay_minutes = ${mailDelay.default}, mail_digests = 1
    where user_id = ?`,
    userId,
  )
}

/** An address that waits for its link may be of somebody who knew the password before. */
export function* dropUnverifiedMail(userId: number): Rule<void> {
  if (yield* one('select 1 from notification_settings where user_id = ? and mail_verified = 0', userId))
    yield* removeMail(userId)
}

/** Nothing when they have another address meanwhile. */
export function* noteMailRefusal(userId: number, address: string, isRefused: boolean): Rule<void> {
  yield* run(
    'update notification_settings set mail_refused = ? where user_id = ? and mail_address = ? and mail_refused <> ?',
    Number(isRefused),
    userId,
    address,
    Number(isRefused),
  )
}

export function* verifyMail(linkHash: Uint8Array, at: number): Rule<number | undefined> {
  const verified = yield* one<{ userId: number }>(
    `update notification_settings set mail_verified = 1, mail_link_hash = null, mail_link_expires_at = null, mail_refused = 0
    where mail_link_hash = ? and mail_link_expires_at > ? returning user_id as "userId"`,
    linkHash,
    at,
  )
  // What was written before is not mailed.
  if (verified) yield* passMailed(verified.userId)
  return verified?.userId
}

export function* unsubscribeMail(token: string): Rule<number | undefined> {
  const found = yield* one<{ userId: number }>(
    'select user_id as "userId" from notification_settings where mail_token = ?',
    token,
  )
  const stop = 'update notification_settings set mail_digests = 0 where user_id = ?'
  if (found) yield* run(stop, found.userId)
  return found?.userId
}

type Addressee = { user: User; address: string } | undefined

export function* mailLink(linkHash: Uint8Array, at: number): Rule<Addressee> {
  return addresseeOf(yield* one<UserColumns & { address: string }>(settingsSql.link, linkHash, at))
}

export function* mailToken(token: string): Rule<Addressee> {
  return addresseeOf(yield* one<UserColumns & { address: string }>(settingsSql.token, token))
}

function addresseeOf(row: (UserColumns & { address: string }) | undefined): Addressee {
  return row && { user: userOf(row), address: row.address }
}

export function* accountsOf(address: string): Rule<{ user: User; language: LanguageCode }[]> {
  const found = yield* all<UserColumns & { language: LanguageCode }>(settingsSql.accounts, addressKey(address))
  return found.map(({ language, ...row }) => ({ user: userOf(row), language }))
}

export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}

function timeOf(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((n) => String(n).padStart(2, '0')).join(':')
}
