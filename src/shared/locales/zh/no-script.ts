import type { noScript as source } from '../en/no-script.ts'
import type { Translation } from '../text.ts'

export const noScript: Translation<keyof typeof source> = {
  showNewer: '显示更新的消息',

  noRoomHere: '还没有你能进的房间',
  noRoomHereText: '你已登录为 {name}，但这里没有你能进入的房间。请索取邀请，或退出登录后用密码登录。',

  messageEmpty: '消息里要有看得见的内容。',
}
