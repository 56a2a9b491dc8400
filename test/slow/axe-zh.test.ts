/** Every page and state of a page in Chinese, in both themes. */
import { checkAccessibility } from '../e2e/axe/check.ts'

checkAccessibility('full', 'zh')
