import type { signIn as source } from '../en/sign-in.ts'
import type { Translation } from '../text.ts'

export const signIn: Translation<keyof typeof source> = {
  signInTitle: '登录',
  doorWords: '请进，请坐。报个名字就好。',
  doorWordsPassword: '请进，请坐。这里需要密码或邀请。',
  yourName: '你的名字',
  comeIn: '进入',
  yourPassword: '密码',
  passwordHint: '只有认领过名字的人才需要填写。',
  nameTaken: '这个名字（或看起来一样的名字）已经有主人了。如果是你的，请输入密码。',
  wrongPassword: '名字和密码不匹配。',
  guestsOff: '进入这里需要密码或邀请。',
  bannedHere: '你不能进入这里。',
  tooMuchRead: '服务器正忙，或者你看得太快了，请稍后再试。',
  tooBusy: '同时登录的人太多，请在 {n} 秒后再试。',
  nameEmpty: '名字至少要有一个字符。',
  nameTooLong: '名字最多 {n} 个字符。',
  nameMalformed: '名字必须是有效的 Unicode 文字。',
  nameControls: '名字里不能有控制字符或换行。',
  nameDirection: '名字里不能有改变书写方向的字符。',
  nameInkless: '名字里至少要有一个看得见的字符。',
  nameSpaces: '名字里只能有普通的空格。',
  nameInvisible: '名字里不能有看不见的字符。',
  nameUnknown: '名字里不能有 Unicode 没有收录的字符。',
  nameMarks: '名字里每个字母最多带 {n} 个附加符号。',
}
