import { usePage } from '../app/page.ts'
import { useLanguage } from '../locale/language.ts'
import { copyText } from './clipboard.ts'

/** @returns copies a text and shows a notice of it */
export function useCopy(): (text: string, notice?: string) => Promise<void> {
  const page = usePage()
  const { t } = useLanguage()
  return async (text, notice = t('copied')) => {
    // Where the clipboard is closed to the page, the user can still copy the text by hand.
    page.showToast({ text: (await copyText(text)) ? notice : text })
  }
}
