import { CommandError } from '../../../clients/js/src/pending-commands.ts'
import type { Language, LazyTextKey } from '../../shared/language.ts'
import { limits } from '../../shared/protocol/limits.ts'
import { reasonOf } from '../ui/refusal-text.ts'

/** Why a message could not be saved. The page offers it to verified sessions, so `forbidden` means that there are too many. */
export function saveFault(error: unknown, t: Language<LazyTextKey>['t']): string {
  const isFull = error instanceof CommandError && error.code === 'forbidden'
  return isFull ? t('tooManySaved', { n: limits.maxSaved }) : reasonOf(error, t)
}
