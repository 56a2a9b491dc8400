import { formatAgo, minuteMs } from '../../shared/durations.ts'
import type { LazyTextKey } from '../../shared/language.ts'
import type { PageLanguage } from '../locale/language.ts'

/** Both in milliseconds since 1970. The server's clock and the reader's may differ. */
export function lastSeenText(seenAt: number, now: number, { t, code }: PageLanguage<LazyTextKey>): string {
  return now - seenAt < 2 * minuteMs ? t('seenJustNow') : t('seenAgo', { time: formatAgo(seenAt, now, code) })
}
