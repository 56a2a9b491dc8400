/** Saving data: images wait for a tap, and players load nothing by themselves. The server's HTML heeds both ways to choose it. */
import { yearCookie } from '../../settings/appearance.ts'

const cookie = 'save-data'

/** Whether the user has asked this page, or the browser, to load less. */
export function savesData(): boolean {
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } }
  const isAsked = connection?.saveData === true || matchMedia('(prefers-reduced-data: reduce)').matches
  return isAsked || isDataSaved(document)
}

/** Whether it was chosen in the settings. */
export function isDataSaved(page: Document): boolean {
  return page.cookie.split('; ').includes(`${cookie}=1`)
}

/** For all that is drawn from now on. */
export function saveData(on: boolean, page: Document): void {
  page.cookie = yearCookie(cookie, on ? '1' : '')
}
