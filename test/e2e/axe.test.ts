/** A part of the pages and states. `test/slow/axe-en.test.ts` and `axe-zh.test.ts` look at all. */
import { checkAccessibility } from './axe/check.ts'

checkAccessibility('short', 'en')
