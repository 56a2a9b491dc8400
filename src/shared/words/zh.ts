/** Everything that people read, in simplified Chinese. A new word goes where `en.ts` says. */
import type { Translation } from '../language.ts'
import { laterZh } from './later-zh.ts'
import { pageZh } from './page-zh.ts'
import { serverZh } from './server-zh.ts'

export const zh: Translation = { ...pageZh, ...laterZh, ...serverZh }
