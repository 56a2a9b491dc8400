/** The sentences of the audit log, in the language of the reader. */
import { forever, formatDuration, isForever } from './durations.ts'
import type { Language, ServerTextKey, Values } from './language.ts'
import { nameWithMark } from './protocol/bots.ts'
import type { AuditRecord, ModerationActionType, RoomSettings } from './protocol/types.ts'
import type { StoredSettings } from './server-settings.ts'
import { isolated } from './text.ts'

type Said = [text: ServerTextKey, values?: Values]

const settingTexts: Readonly<Record<keyof RoomSettings, ServerTextKey>> = {
  name: 'settingName',
  topic: 'settingTopic',
  readOnly: 'settingReadOnly',
  slowMs: 'settingSlow',
  archived: 'settingArchived',
}

const serverSettingTexts: Readonly<Record<keyof StoredSettings, ServerTextKey>> = {
  name: 'settingName',
  welcome: 'settingWelcome',
  guests: 'settingGuests',
  guestRooms: 'settingGuestRooms',
  language: 'settingLanguage',
  accent: 'settingAccent',
  icon: 'settingIcon',
  maxFileBytes: 'settingMaxFile',
  fileBytesPerDay: 'settingFilesPerDay',
  maxStorageBytes: 'settingStorage',
}

/** What each type of action is called, to choose from. */
export const auditTypeTexts: Readonly<Record<ModerationActionType, ServerTextKey>> = {
  kick: 'auditTypeKick',
  mute: 'auditTypeMute',
  ban: 'auditTypeBan',
  'ban-range': 'auditTypeBanRange',
  role: 'auditTypeRole',
  delete: 'auditTypeDelete',
  unreact: 'auditTypeUnreact',
  pin: 'auditTypePin',
  picture: 'auditTypePicture',
  'delete-room': 'auditTypeDeleteRoom',
  purge: 'auditTypePurge',
  change: 'auditTypeChange',
  undo: 'auditTypeUndo',
  invite: 'auditTypeInvite',
  revoke: 'auditTypeRevoke',
  add: 'auditTypeAdd',
  link: 'auditTypeLink',
  'forget-devices': 'auditTypeForgetDevices',
  settings: 'auditTypeSettings',
  'add-bot': 'auditTypeAddBot',
  'bot-token': 'auditTypeBotToken',
  'add-hook': 'auditTypeAddHook',
  'revoke-hook': 'auditTypeRevokeHook',
  'add-outgoing-hook': 'auditTypeAddOutgoing',
  'change-outgoing-hook': 'auditTypeChangeOutgoing',
}

/** @param room what people call the room, where the reader may see it */
export function auditSentence(record: AuditRecord, language: Language, room?: string): string {
  const { t } = language
  const [word, values] = said(record, language)
  const sentence = t(word, {
    by: record.by ? isolated(nameWithMark(record.by, language)) : t('theOperator'),
    user: record.user ? isolated(nameWithMark(record.user, language)) : '',
    room: isolated(room ?? ''),
    ...values,
  })
  const { removedSince } = record.data
  return removedSince === undefined
    ? sentence
    : t(removedSince ? 'auditRemovedToo' : 'auditRemovedAllToo', { sentence })
}

function hidden({ user }: AuditRecord): Said {
  return user ? ['auditHiddenTo'] : ['auditHidden']
}

function said(record: AuditRecord, language: Language): Said {
  const { data, room } = record
  switch (record.type) {
    case 'kick':
      return ['auditKick']
    case 'mute':
      return lasting(record, language, 'auditMute', 'auditUnmute')
    case 'ban':
      if (room !== undefined) return lasting(record, language, 'auditRoomBan', 'auditRoomUnban')
      return lasting(record, language, data.ranges ? 'auditBanWithAddresses' : 'auditBan', 'auditUnban')
    case 'ban-range':
      return lasting(record, language, 'auditBanRange', 'auditUnbanRange', { range: String(data.range) })
    case 'role':
      return [roleText(record)]
    case 'delete':
      return ['auditDelete']
    case 'unreact':
      return ['auditUnreact', { reaction: String(data.reaction) }]
    case 'pin':
      return [data.on ? 'auditPin' : 'auditUnpin']
    case 'picture':
      return [pictureText(record)]
    case 'delete-room':
      return ['auditDeleteRoom', { name: isolated(String(data.name)) }]
    case 'purge':
      return ['auditPurge']
    case 'change':
      return ['auditChange', { settings: settingsOf(data.after, settingTexts, language) }]
    case 'settings':
      return ['auditSettings', { settings: settingsOf(data.after, serverSettingTexts, language) }]
    case 'undo':
      return ['auditUndo', { action: String(data.action) }]
    case 'invite':
      return ['auditInvite', { n: Number(data.uses) }]
    case 'revoke':
      return ['auditRevoke']
    case 'add':
      return ['auditAdd', { n: Array.isArray(data.users) ? data.users.length : 0 }]
    case 'link':
      return ['auditLink']
    case 'forget-devices':
      return ['auditForgetDevices']
    case 'add-bot':
      return ['auditAddBot', withoutMark(record)]
    case 'bot-token':
      return [data.revoked ? 'auditRevokeBot' : 'auditBotToken', withoutMark(record)]
    case 'add-hook':
      return ['auditAddHook', withoutMark(record)]
    case 'revoke-hook':
      return ['auditRevokeHook', withoutMark(record)]
    case 'add-outgoing-hook':
      return ['auditAddOutgoing', withoutMark(record)]
    case 'change-outgoing-hook':
      return [outgoingText(data.change), withoutMark(record)]
    case 'hidden':
      return hidden(record)
    default:
      return record.type satisfies never
  }
}

/** The sentence says that the user is a bot. */
function withoutMark({ user }: AuditRecord): Values {
  return { user: isolated(user?.name ?? '') }
}

/** An end before the beginning lifts a mute or a ban. */
function lasting(
  { at, data }: AuditRecord,
  language: Language,
  text: ServerTextKey,
  back: ServerTextKey,
  values: Values = {},
): Said {
  const until = Number(data.until)
  if (until <= at) return [back, values]
  return [text, { time: formatDuration(isForever(until) ? forever : until - at, language), ...values }]
}

function pictureText({ room, data }: AuditRecord): ServerTextKey {
  if (room === undefined) return 'auditUserPicture'
  return data.removed ? 'auditNoRoomPicture' : 'auditRoomPicture'
}

function roleText({ room, by, data: { role } }: AuditRecord): ServerTextKey {
  if (role === 'owner' && !by) return 'auditOwner'
  if (room !== undefined) return role === 'moderator' ? 'auditModerator' : 'auditNoModerator'
  return role === 'admin' ? 'auditAdmin' : 'auditNoAdmin'
}

/** `failing` and `gone` come of the server. */
const outgoingTexts: Readonly<Record<string, ServerTextKey>> = {
  pause: 'auditPauseOutgoing',
  resume: 'auditResumeOutgoing',
  skip: 'auditSkipOutgoing',
  secret: 'auditSecretOutgoing',
  resend: 'auditResendOutgoing',
  remove: 'auditRemoveOutgoing',
  failing: 'auditOutgoingFailing',
  gone: 'auditOutgoingGone',
}

function outgoingText(change: unknown): ServerTextKey {
  const known = typeof change === 'string' && Object.hasOwn(outgoingTexts, change) ? outgoingTexts[change] : undefined
  return known ?? 'auditPauseOutgoing'
}

function settingsOf(after: unknown, texts: Readonly<Record<string, ServerTextKey>>, { t, code }: Language): string {
  const words = Object.keys(Object(after)).flatMap((name) => {
    const text = Object.hasOwn(texts, name) ? texts[name] : undefined
    return text ? [t(text)] : []
  })
  return words.length ? new Intl.ListFormat(code).format(words) : t('settingNothing')
}
