import type { LazyTextKey } from '../../shared/language.ts'
import type { NotificationLevel } from '../../shared/protocol/types.ts'

export const levelTexts: Record<NotificationLevel, LazyTextKey> = {
  all: 'levelAll',
  mentions: 'levelMentions',
  nothing: 'levelNothing',
}
