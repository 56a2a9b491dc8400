/** A part of the pages and states. `test/slow/axe.test.ts` looks at all, in both languages and both themes. */
import { checkAccessibility } from './axe/check.ts'

checkAccessibility('short')
