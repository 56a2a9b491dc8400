/** Every page and state of a page, in both languages and both themes. */
import { checkAccessibility } from '../e2e/axe/check.ts'

checkAccessibility('full')
