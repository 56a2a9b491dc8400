/** Theme and language. They are cookies, because the server's HTML has both before any script runs. */
import { dayMs, secondMs } from '../../shared/durations.ts'
import type { LanguageCode } from '../../shared/language.ts'

export type Theme = 'system' | 'light' | 'dark'

export const themes: readonly Theme[] = ['system', 'light', 'dark']

const yearSeconds = (365 * dayMs) / secondMs

export function themeOf(page: Document): Theme {
  const theme = page.documentElement.dataset.theme
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

export function applyTheme(theme: Theme, page: Document): void {
  const { dataset } = page.documentElement
  if (theme === 'system') {
    delete dataset.theme
    page.cookie = cookie('theme', '', 0)
  } else {
    dataset.theme = theme
    page.cookie = cookie('theme', theme, yearSeconds)
  }
  paintFrame(page)
}

/** What a phone draws around the page has the colour of the page. */
function paintFrame(page: Document) {
  const { backgroundColor } = getComputedStyle(page.body)
  for (const meta of page.querySelectorAll('meta[name=theme-color]')) meta.setAttribute('content', backgroundColor)
}

/** The page has it once it is loaded again. */
export function setLanguageCookie(code: LanguageCode, page: Document): void {
  page.cookie = cookie('language', code, yearSeconds)
}

/** Without a value it is deleted. */
export function yearCookie(name: string, value: string): string {
  return cookie(name, value, value ? yearSeconds : 0)
}

function cookie(name: string, value: string, seconds: number): string {
  return `${name}=${value}; path=/; max-age=${seconds}; samesite=lax`
}
