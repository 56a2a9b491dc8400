import type { signIn as source } from '../../en/server-pages/sign-in.ts'
import type { Translation } from '../../text.ts'

export const signIn: Translation<keyof typeof source> = {
  signIn: '登录',
  signInText: '只需一个名字。',
  guestsOff: '你需要密码或邀请。',
  yourName: '你的名字',
  join: '加入',
  password: '密码',
  enterPassword: '输入密码',
  passwordHint: '仅在你认领过名字时需要。',
  nameTaken: '这个名字或相似的名字已被占用。如果是你的，请输入密码。',
  wrongPassword: '名字或密码错误。',
  youAreBanned: '你已被封禁。',
  serverBusy: '服务器繁忙，请稍候再试。',
  tooBusy: '登录人数过多，请在 {n} 秒后重试。',

  nameEmpty: '名字至少需要一个字符。',
  nameTooLong: '名字最多 {n} 个字符。',
  nameMalformed: '名字必须是有效的 Unicode 文字。',
  nameControls: '名字不能包含控制字符或换行。',
  nameDirection: '名字不能包含改变文字方向的字符。',
  nameInkless: '名字至少需要一个可见字符。',
  nameSpaces: '名字只能包含普通空格。',
  nameInvisible: '名字不能包含不可见字符。',
  nameUnknown: '名字只能包含 Unicode 已定义的字符。',
  nameMarks: '名字的每个字母最多带 {n} 个附加符号。',
}
