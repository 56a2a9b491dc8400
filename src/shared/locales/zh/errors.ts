import type { errors as source } from '../en/errors.ts'
import type { Translation } from '../text.ts'

export const errors: Translation<keyof typeof source> = {
  cannotArchived: '此房间已归档，不能再发言。',
  cannotReadOnly: '只有房管可以在此发言。',
  cannotBanned: '你已被封禁，无法发言。',
  cannotMuted: '你在此房间被禁言至 {time}。',
  cannotSlow: '慢速模式：每 {time} 一条消息。',
  postAgainIn: '{time} 后可以再次发言。',

  connectionLost: '连接已断开。请先确认操作是否成功，再重试。',
  errorBadFrame: '服务器无法理解此请求。',
  errorBadField: '内容未被接受，请检查后重试。',
  errorTooLong: '一条消息最多 {n} 个字符。',
  errorTooLarge: '文件太大。',
  errorQuota: '文件空间已用完。',
  errorFileRefused: '该文件未通过服务器的病毒检查。',
  errorTooFast: '操作太频繁，请稍候再试。',
  errorNoSuchRoom: '此房间不存在。',
  errorNotInRoom: '你不在此房间中。',
  errorNoSuchMessage: '该消息已不存在。',
  errorNoSuchUser: '没有这个人。',
  errorNoSuchFile: '该文件已不存在。',
  errorNameTaken: '已有同名的房间。',
  errorMuted: '你在此房间被禁言。',
  errorReadOnly: '此房间已归档，或只有房管可以发言。',
  errorNotAccepted: '对方尚未接受你的请求。在此之前，你最多可以发送 {n} 条消息。',
  errorForbidden: '你没有权限执行此操作。',
  errorUnavailable: '服务器暂时无法保存内容，请稍后再试。',
  errorInternal: '出了点问题，请重试。',
}
