import { isolated } from '../../shared/text.ts'
import { usePage } from '../app/page.ts'
import { useFullLanguage } from '../locale/language.ts'
import { copyText } from './clipboard.ts'

/** @returns copies a text and shows a notice of it */
export function useCopy(): (text: string, notice?: string) => Promise<void> {
  const page = usePage()
  const { t } = useFullLanguage()
  return async (text, notice = t('copied')) => {
    // The user can still copy the text by hand.
    page.showToast({ text: (await copyText(text)) ? notice : t('notCopied', { text: isolated(text) }) })
  }
}
