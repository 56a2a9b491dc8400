import { CommandError } from '../../../clients/js/src/pending-commands.ts'
import { errorText } from '../../shared/error-texts.ts'
import type { Language, LazyTextKey } from '../../shared/language.ts'

/** Why a command failed, as text. Any other error is thrown again. */
export function reasonOf(error: unknown, t: Language<LazyTextKey>['t']): string {
  if (!(error instanceof CommandError)) throw error
  return error.code === 'connection-lost' ? t('connectionLost') : errorText(error.code, t)
}
