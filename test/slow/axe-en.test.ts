/** Every page and state of a page in English, in both themes. */
import { checkAccessibility } from '../e2e/axe/check.ts'

checkAccessibility('en')
