import type { admin as source } from '../en/admin.ts'
import type { Translation } from '../text.ts'

export const admin: Translation<keyof typeof source> = {
  search: '搜索',
  noMatches: '没有匹配结果',
  onlyFirst: '仅显示前 {n} 位，其他人请搜索。',
  neverSeen: '从未登录',
  isBanned: '已封禁',
  addPerson: '添加用户',
  personName: '名字',
  addPersonHint: '你会得到一个链接，对方可用它设置密码。',
  personNameTaken: '这个名字或相似的名字已被占用。',
  passwordLink: '密码链接',
  passwordLinkHint: '{name} 可用它设置新密码，其他设备会退出登录。链接只能使用一次，24 小时内有效。',
  forgetDevices: '在所有设备上退出',
  forgetDevicesHint:
    '{name} 将在所有浏览器中退出登录，且无法再在其中证明这个名字属于自己。如果对方应保留名字，请创建密码链接。',
  linkFor: '给 {name} 的链接',
  backToPerson: '返回 {name}',
  role: '角色',
  purgeSure: '我确定',
  purgeUnsure: '请先勾选确认，再删除全部消息。',
  roleNotBelow: '{name} 的角色与你相同或更高，你无法在此进行更改。',

  ipBans: 'IP 封禁',
  banRangeTitle: '封禁地址或网段',
  banRangeHint: '只有管理员可以从那里登录。',
  addressOrNetwork: '地址或网段',
  invalidRange: '请输入 IP 地址，或 203.0.113.0/24、2001:db8::/32 这样的网段。',
  noRanges: '没有被封禁的地址。',
  expires: '到期时间',

  serverSettings: '服务器',
  doneServerSettings: '已保存。',
  serverName: '服务器名称',
  serverNameHint: '显示在登录页、邀请、房间列表上方和标签页中。留空则为 Teahouse。',
  welcomeText: '欢迎语',
  welcomeHint: '显示在登录页上，最多 {n} 个字符。',
  welcomeTooLong: '欢迎语最多 {n} 个字符。',
  welcomeInkless: '欢迎语至少要有一个可见字符。',

  noRooms: '除大厅外没有其他房间。',
  deleteRoomHint: '房间里的全部消息将为所有人删除。此操作无法撤销。',
  deleteRoomSure: '删除“{room}”及其全部消息',
  deleteRoomUnsure: '请先勾选，再删除房间。',
}
