/**
 * Everything that people read, in English. The other languages say the same, key by key.
 *
 * A new word goes into `later-en.ts` and `later-zh.ts` when a dialog, a menu or another part in `src/client/parts.ts` says
 * it, into `page-*.ts` when the page says it at once, and into `server-*.ts` when only a view or a controller does.
 */
import type { Words } from '../language.ts'
import { laterEn } from './later-en.ts'
import { pageEn } from './page-en.ts'
import { serverEn } from './server-en.ts'

export const en = { ...pageEn, ...laterEn, ...serverEn } as const satisfies Words
