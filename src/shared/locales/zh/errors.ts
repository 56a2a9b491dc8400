import type { errors as source } from '../en/errors.ts'
import type { Translation } from '../text.ts'

export const errors: Translation<keyof typeof source> = {
  cannotArchived: '此房间已归档，不能再发言。',
  cannotReadOnly: '这里只有房管可以发言。',
  cannotMuted: '你在这里被禁言至 {time}。',
  cannotSlow: '此房间开启了慢速模式：每 {time} 一条消息。',
  writeAgainIn: '{time} 后可以再发言。',
  lineLost: '连接已断开，没有收到答复。请先确认操作是否已完成，再重试。',

  errorBadFrame: '服务器无法理解这个请求。',
  errorBadField: '内容无法接收，请检查后再发送。',
  errorTooLong: '一条消息最多 {n} 个字。',
  errorTooFast: '操作太频繁，请过一会儿再试。',
  errorNoSuchRoom: '这个房间不存在。',
  errorNotInRoom: '你不在这个房间中。',
  errorNoSuchMessage: '相关的消息已经不存在了。',
  errorNoSuchUser: '这里没有这个人。',
  errorNameTaken: '已有同名的房间。',
  errorMuted: '你在这里暂时被禁言。',
  errorReadOnly: '房间已归档，或只有房管可以发言。',
  errorNotAccepted: '对方尚未接受。在此之前，你在这里只能发送 5 条消息。',
  errorForbidden: '不允许这样做，或者现在已经不能这样做了。',
  errorUnavailable: '服务器现在无法保存任何内容，请稍后再试。',
  errorInternal: '我们这边出了点问题，请再试一次。',
}
