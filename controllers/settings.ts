import type { Controller } from '../src/server/http/app-context.ts'
import { localPath } from '../src/shared/addresses/local-path.ts'
import { dayMs } from '../src/shared/durations.ts'
import { isLanguageCode } from '../src/shared/language.ts'

const keptMs = 365 * dayMs
const themes: readonly string[] = ['light', 'dark']

export default {
  /** The settings of the page, for users without a script or without a session. */
  'POST /settings'(ctx, { auth: { sessions } }) {
    const [language, theme, saving] = [ctx.field('language'), ctx.field('theme'), ctx.field('save-data')]
    const cookies = sessions.cookies(ctx.req, ctx.res)
    // The page's script reads and sets them too.
    const attributes = { httpOnly: false, sameSite: 'lax', maxAge: keptMs } as const
    if (isLanguageCode(language)) cookies.set('language', language, attributes)
    if (themes.includes(theme)) cookies.set('theme', theme, attributes)
    else if (theme === 'system') cookies.set('theme', null, { httpOnly: false })
    if (saving === 'on') cookies.set('save-data', '1', attributes)
    else if (saving === 'off') cookies.set('save-data', null, { httpOnly: false })
    ctx.seeOther(localPath(ctx.field('to')))
  },
} satisfies Controller
