/** The frame of the page about the protocol. */
import type { Texts } from '../../text.ts'

export const docs = {
  protocol: 'Protocol and API',
  contents: 'Contents',
  skipToText: 'Skip to text',
} as const satisfies Texts
