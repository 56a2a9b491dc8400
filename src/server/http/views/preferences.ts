import type { Context, Next } from 'koa'
import { isLanguageCode, Language, type LanguageCode } from '../../../shared/language.ts'
import { en } from '../../../shared/locales/en/index.ts'
import { zh } from '../../../shared/locales/zh/index.ts'
import type { ShownSettings } from '../../../shared/server-settings.ts'

export type Theme = 'light' | 'dark'

declare module 'koa' {
  interface DefaultState {
    language: Language
    /** Undefined: as the system has it. */
    theme: Theme | undefined
    /** Images wait for a tap: the user has chosen so, or the browser asks for it. */
    savesData: boolean
    hasChosenSaving: boolean
    server: ShownSettings
  }
}

const languages: Readonly<Record<LanguageCode, Language>> = {
  en: new Language('en', en),
  zh: new Language('zh', zh),
}

/** The reader's language and theme: from their cookies, else as the owner has set it, else from the headers of their browser. */
export function preferences(settings: { readonly now: ShownSettings }) {
  return async function preferences(ctx: Context, next: Next): Promise<void> {
    const chosen = ctx.cookies.get('language')
    const theme = ctx.cookies.get('theme')
    ctx.state.language = languages[isLanguageCode(chosen) ? chosen : settings.now.language || askedFor(ctx)]
    ctx.state.theme = theme === 'light' || theme === 'dark' ? theme : undefined
    ctx.state.hasChosenSaving = ctx.cookies.get('save-data') === '1'
    ctx.state.savesData = ctx.state.hasChosenSaving || ctx.get('Save-Data').toLowerCase() === 'on'
    ctx.state.server = settings.now
    await next()
  }
}

function askedFor(ctx: Context): LanguageCode {
  return ctx.acceptsLanguages('en', 'zh') === 'zh' ? 'zh' : 'en'
}
