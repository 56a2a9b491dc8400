import type { noScript as source } from '../en/no-script.ts'
import type { Translation } from '../text.ts'

export const noScript: Translation<keyof typeof source> = {
  showNewer: '查看更新的消息',
  noRoomHere: '还没有房间',
  noRoomHereText: '你已登录为 {name}，但没有你可以加入的房间。请索取邀请，或退出后用密码登录。',
  messageEmpty: '消息至少需要一个可见字符。',
  allMembers: '所有成员',
  utc: 'UTC 时间',
  literalSlash: '如果消息以斜杠开头，请输入两个斜杠。',
}
