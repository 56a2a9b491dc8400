import type { errorPages as source } from '../../en/server-pages/error-pages.ts'
import type { Translation } from '../../text.ts'

export const errorPages: Translation<keyof typeof source> = {
  backToChat: '返回聊天',
  title400: '无效的请求',
  title403: '没有权限',
  title404: '未找到',
  title405: '不支持此请求方式',
  title413: '请求过大',
  title421: '地址错误',
  title429: '请求过多',
  title500: '出了点问题',
  title503: '暂时不可用',
  titleOther: '请求失败',
  text404: '此页面不存在。',
  text405: '此页面不支持这种请求。',
  text413: '一个请求最多 64 KiB。',
  text500: '服务器出了点问题，错误已记录，请重试。',
  fromAnotherSite: '此请求来自其他网站。',
  anotherHost: '此服务器使用其他地址。',
  tooManyPasswords: '密码错误次数过多，请在 {n} 秒后重试。',
  tooManyRequests: '请求过多，请稍候再试。',
  tooManySignIns: '来自你所在网络的登录过多，请在 {n} 秒后重试。',
  noSuchRoom: '没有名为“{room}”的房间。',
  noSuchMessage: '“{room}”中没有这条消息。',
  offlineTitle: '无法连接服务器',
  offlineText: '服务器恢复后，此页面会自动重新加载。未发送的消息已保留。',
}
