/** What is pushed: data for the worker of the page, and the texts that it shows, in the language of the recipient. */
import type { Language, LanguageCode } from '../../shared/language.ts'
import { excerptOf } from '../../shared/markdown/excerpt.ts'
import type { PushPayload } from '../../shared/protocol/push-payload.ts'
import { roomPath } from '../../shared/room-path.ts'
import { displayTitleOf } from '../../shared/rooms.ts'
import type { Notice } from '../store/store.ts'

/** What push services take, less than 4,096 with the encryption. */
export const maxPayloadBytes = 3_000
/** More is not shown anywhere. */
const maxTextCharacters = 500
const maxNameCharacters = 80
/** A larger count is shown as this number and a plus sign. */
const maxCount = 99

export type PushLanguage = Pick<Language<'lobby' | 'messageCame' | 'messagesCame' | 'pushArrives'>, 't' | 'code'>

interface Recipient {
  userId: number
  language: PushLanguage
  epoch: string
  badge: number
  showsText: boolean
}

export function messagePayload(
  notice: Notice & { isUpdate?: true },
  { userId, language, epoch, badge, showsText }: Recipient,
): PushPayload {
  const { room, message, count } = notice
  const { user } = message
  const text = showsText ? cut(excerptOf(message).replace(/\s+/g, ' ').trim(), maxTextCharacters) : undefined
  const hidden = count > 1 ? language.t('messagesCame', { n: count }) : language.t('messageCame')
  return {
    type: 'message',
    to: userId,
    room: room.room,
    roomName: room.name,
    ...(room.kind && { kind: room.kind }),
    id: message.id,
    epoch,
    at: message.at,
    user: {
      id: user.id,
      name: user.name,
      image: user.image,
      ...(user.picture !== undefined && { picture: user.picture }),
    },
    count,
    ...(notice.isUpdate && { update: true }),
    ...(text !== undefined && { text }),
    title: titleOf(notice, language),
    body: text || hidden,
    url: roomPath(room.room, message.id),
    tag: tagOf(room.room),
    lang: language.code,
    badge,
  }
}

export function clearPayload(
  room: string,
  id: number,
  { userId, badge }: { userId: number; badge: number },
): PushPayload {
  return { type: 'clear', to: userId, room, id, tag: tagOf(room), badge }
}

export function testPayload(userId: number, serverName: string, { t, code }: PushLanguage): PushPayload {
  return { type: 'test', to: userId, title: serverName, body: t('pushArrives'), lang: code, url: '/', tag: 'test' }
}

/** As it is sent: names that people have chosen and text are cut until it fits. */
export function encoded(payload: PushPayload): string {
  const whole = JSON.stringify(payload)
  if (Buffer.byteLength(whole) <= maxPayloadBytes || payload.type !== 'message') return whole
  const { text, body, title, ...rest } = payload
  const maxCharacters = Math.floor([...body].length / 2)
  const shorter = maxCharacters > 0 ? cut(body, maxCharacters) : ''
  return encoded({
    ...rest,
    title: cut(title, maxNameCharacters),
    ...(text !== undefined && { text: shorter }),
    body: shorter,
  })
}

/** Names the author, and the room unless it is a conversation of two. */
function titleOf({ room, message, count }: Notice, { t }: PushLanguage): string {
  const isOfTwo = room.kind === 'direct' && room.people?.length === 1
  const { title } = displayTitleOf(room, t)
  const from = isOfTwo ? message.user.name : `${message.user.name} · ${title}`
  if (count === 1) return from
  return `${from} (${count > maxCount ? `${maxCount}+` : count})`
}

function tagOf(room: string): string {
  return `room-${room}`
}

function cut(text: string, maxCharacters: number): string {
  const all = [...text]
  return all.length <= maxCharacters ? text : `${all.slice(0, maxCharacters - 1).join('')}…`
}

export type LanguageOf = (code: LanguageCode) => PushLanguage
