/** What `server-en.ts` says, in simplified Chinese. */
import type { ServerWord, Translation } from '../language.ts'

export const serverZh: Translation<ServerWord> = {
  showNewer: '显示更新的消息',

  signInTitle: '登录',
  doorWords: '请进，请坐。报个名字就好。',
  yourName: '你的名字',
  comeIn: '进来',
  nameEmpty: '名字至少要有一个字。',
  nameTooLong: '名字最多 {n} 个字。',
  nameMalformed: '名字必须是有效的 Unicode 文字。',
  nameControls: '名字里不能有控制字符或换行。',
  nameDirection: '名字里不能有改变书写方向的字符。',
  nameInkless: '名字里至少要有一个看得见的字。',

  passwordTooShort: '密码至少要有 {n} 个字符。',
  passwordTooLong: '密码最多 {n} 个字符。',
  passwordCommon: '用这个密码的人太多，最容易被猜中。',
  passwordIsName: '名字人人都知道，不能当密码。',

  backToRoom: '回到聊天室',
  title400: '没有看懂',
  title403: '不能从那里来',
  title404: '这里什么也没有',
  title405: '不能这样用',
  title413: '一次太多了',
  title421: '走错门了',
  title429: '一下子来得太多了',
  title500: '茶壶打翻了',
  titleOther: '没有成功',
  text404: '你要找的页面不存在。',
  text405: '这个页面不能这样使用。',
  text413: '一次请求最多 64 KiB。',
  text500: '我们这边出了点问题，已经记录下来，请再试一次。',
  fromAnotherSite: '这个请求来自别的网站。',
  anotherHost: '这家茶馆叫别的名字。',
  tooManySignIns: '从你的地址同时进来的人太多了，请稍后再试。',
  noSuchRoom: '没有名为“{room}”的聊天室。',
  noSuchMessage: '“{room}”里没有这条消息。',
  offlineTitle: '暂时连不上茶馆',
  offlineText: '你写的内容已保留，等你再次打开茶馆时发送。',

  messageEmpty: '消息里要有看得见的内容。',
}
