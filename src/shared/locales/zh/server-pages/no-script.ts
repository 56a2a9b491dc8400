import type { noScript as source } from '../../en/server-pages/no-script.ts'
import type { Translation } from '../../text.ts'

export const noScript: Translation<keyof typeof source> = {
  showNewer: '查看更新的消息',
  noRoomHere: '还没有房间',
  noRoomHereText: '你已登录为 {name}，但没有你可以加入的房间。请索取邀请，或退出后用密码登录。',
  messageEmpty: '消息至少需要一个可见字符。',
  allMembers: '所有成员',
  utc: 'UTC 时间',
  literalSlash: '如果消息以斜杠开头，请输入两个斜杠。',
  commandWithFiles: '命令不能附带文件。',
  attachHint: '最多 {n} 个文件，每个不超过 {size}。',
  altHint: '文件描述（可选）',
  sendImagesAsFiles: '以文件形式发送原图，保留位置和拍摄信息',
  chooseFilesAgain: '请重新选择文件。',
  fileTooLarge: '每个文件不能超过 {size}。',
  filesPerDay: '24 小时内最多可上传 {size}。',
  shareMessage: '消息',
  shareFilesAgain: '未收到分享的文件，请重新选择。',
  shareSendTo: '发送到',
  shareNoRoom: '没有你可以发言的房间。',
  shareSignIn: '你尚未登录。请在另一个标签页中登录，然后在这里继续。分享的内容会留在本页。',
  shareContinue: '继续',
}
