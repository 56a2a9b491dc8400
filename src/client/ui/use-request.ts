/** What a dialog asks of the server, one thing at a time: whether it is under way, and why it was not done. */
import { type Ref, ref } from 'vue'
import { errorText } from '../../shared/error-texts.ts'
import type { Language, LazyTextKey } from '../../shared/language.ts'
import { CommandError } from '../connection/pending-commands.ts'
import { useFullLanguage } from '../locale/language.ts'

export interface Request {
  isBusy: Ref<boolean>
  /** In words; empty when nothing is wrong. */
  fault: Ref<string>
  /** @returns undefined when it was refused, or when something else is still under way */
  attempt<Answer>(work: () => Promise<Answer>): Promise<Answer | undefined>
}

export function useRequest(): Request {
  const { t } = useFullLanguage()
  const isBusy = ref(false)
  const fault = ref('')

  async function attempt<Answer>(work: () => Promise<Answer>): Promise<Answer | undefined> {
    if (isBusy.value) return undefined
    isBusy.value = true
    fault.value = ''
    try {
      return await work()
    } catch (error) {
      fault.value = reasonOf(error, t)
      return undefined
    } finally {
      isBusy.value = false
    }
  }
  return { isBusy, fault, attempt }
}

/** Why something was refused. What is no refusal is thrown on. */
export function reasonOf(error: unknown, t: Language<LazyTextKey>['t']): string {
  if (!(error instanceof CommandError)) throw error
  return error.code === 'connection-lost' ? t('connectionLost') : errorText(error.code, t)
}
