import type { connection as source } from '../en/connection.ts'
import type { Translation } from '../text.ts'

export const connection: Translation<keyof typeof source> = {
  severalTyping: '多人正在输入',
  serverCannotSave: '服务器暂时无法保存消息。你的消息会保留在此设备上，稍后发送。',
  noConnectionIn: '连接已断开，{n} 秒后重试',
  serverUnreachable: '无法连接服务器，以下是截至 {time} 的消息。',
  nWaiting: '{n} 条消息等待发送',
  offlineHint: '连接已断开。你的消息会保留，恢复连接后发送。',
  tooManyConnections: '打开的窗口或设备过多，请关闭一个。',
  retryNow: '立即重试',
  reload: '重新加载',
  signedOut: '你已退出登录。',
  bannedFor: '你已被封禁，直到 {time}。你仍可阅读此处已加载的内容，届时可以重新登录。',
  toSignIn: '前往登录页面',
  pageOutdated: '此页面的版本比服务器旧。',
  requestRejected: '服务器拒绝了此页面的请求。',
  updateAvailable: '有新版本可用',
}
