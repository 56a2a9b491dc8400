import type { Language, LazyTextKey } from '../../shared/language.ts'
import type { NotificationsFrame } from '../../shared/protocol/frames.ts'

type Result = NonNullable<NotificationsFrame['tested']>['result']

const texts: Record<Result, LazyTextKey> = {
  sent: 'testSent',
  gone: 'testGone',
  refused: 'testRefused',
  timeout: 'testTimeout',
  unreachable: 'testUnreachable',
  'forbidden-address': 'testForbidden',
  'too-large': 'testTooLarge',
}

/** What became of a push. */
export function pushResultText(result: Result, status: number | undefined, t: Language<LazyTextKey>['t']): string {
  return t(texts[result], { status: String(status ?? '') })
}
