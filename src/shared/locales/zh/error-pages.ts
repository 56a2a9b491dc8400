import type { errorPages as source } from '../en/error-pages.ts'
import type { Translation } from '../text.ts'

export const errorPages: Translation<keyof typeof source> = {
  backToRoom: '返回房间',
  title400: '看不懂这个请求',
  title403: '无法进入',
  title404: '这里什么也没有',
  title405: '不能这样用',
  title413: '一次发得太多了',
  title421: '走错门了',
  title429: '一下子来得太多了',
  title500: '茶壶打翻了',
  title503: '现在不行',
  titleOther: '没有成功',
  text404: '你要找的页面不存在。',
  text405: '这个页面不能这样使用。',
  text413: '一次请求最多 64 KiB。',
  text500: '我们这边出了点问题，已经记录下来，请再试一次。',
  fromAnotherSite: '这个请求来自别的网站。',
  anotherHost: '地址不对，这家茶馆不在这个地址。',
  tooManyPasswords: '密码错误次数过多，请在 {n} 秒后再试。',
  tooManyRequests: '请求过多，请稍候再试。',
  tooManySignIns: '从你的地址同时登录的人太多，请在 {n} 秒后再试。',
  noSuchRoom: '没有名为“{room}”的房间。',
  noSuchMessage: '“{room}”里没有这条消息。',
  offlineTitle: '暂时连不上茶馆',
  offlineText: '你写的内容已保留，等你再次打开茶馆时发送。',
}
