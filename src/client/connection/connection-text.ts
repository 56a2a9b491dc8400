/** The texts of the banner for a connection that is not open. */

import type { ConnectionState } from '../../../clients/js/src/connection.ts'
import { waitSeconds } from '../../shared/durations.ts'
import type { LazyTextKey, PageTextKey } from '../../shared/language.ts'
import { closeCodes, endOfBan } from '../../shared/protocol/close-codes.ts'
import type { PageLanguage } from '../locale/language.ts'
import { formatUntil } from '../locale/times.ts'

const endings: Readonly<Record<number, PageTextKey | LazyTextKey>> = {
  [closeCodes.invalidUser]: 'signedOut',
  [closeCodes.signedOut]: 'signedOut',
  [closeCodes.banned]: 'banned',
  [closeCodes.pageOutdated]: 'pageOutdated',
}

/**
 * @param now milliseconds since 1970
 * @param restoredAt when the messages were kept that the page shows
 */
export function connectionText(
  connection: ConnectionState,
  now: number,
  { t, times }: Pick<PageLanguage<LazyTextKey>, 't' | 'times'>,
  restoredAt?: number,
): string {
  if (restoredAt !== undefined && isUnexplained(connection))
    return t('serverUnreachable', { time: formatUntil(restoredAt, now, times) })
  switch (connection.state) {
    case 'ended': {
      const until = endOfBan(connection.reason)
      if (until !== undefined) return t('bannedFor', { time: formatUntil(until, now, times) })
      return t(endings[connection.code] ?? 'requestRejected')
    }
    case 'waiting': {
      if (connection.code === closeCodes.tooManyConnections) return t('tooManyConnections')
      const n = Math.max(0, waitSeconds(connection.retryAt - now))
      return n > 0 ? t('noConnectionIn', { n }) : t('noConnection')
    }
    case 'connecting':
    case 'open':
      return t('connecting')
    default:
      return connection satisfies never
  }
}

/** Whether the server has not said why. */
function isUnexplained(connection: ConnectionState): boolean {
  if (connection.state === 'waiting') return connection.code !== closeCodes.tooManyConnections
  return connection.state !== 'ended'
}

/** Whether a page that is loaded anew may fare better. */
export function canReload(connection: ConnectionState): boolean {
  return connection.state === 'ended' && connection.code !== closeCodes.banned
}
