/** A request of a dialog to the server, one at a time: whether it is under way, and why it failed. */
import { type Ref, ref } from 'vue'
import { useFullLanguage } from '../locale/language.ts'
import { reasonOf } from './refusal-text.ts'

export interface Request {
  isBusy: Ref<boolean>
  /** The reason, as text. Empty when nothing failed. */
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
