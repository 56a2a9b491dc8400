import type { docs as source } from '../../en/server-pages/docs.ts'
import type { Translation } from '../../text.ts'

export const docs: Translation<keyof typeof source> = {
  protocol: '协议与 API',
  contents: '目录',
  skipToText: '跳到正文',
}
