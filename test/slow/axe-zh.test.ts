/** Every page and state of a page in Chinese, but for colours: they do not depend on the language, and the other test has them. */
import { checkAccessibility } from '../e2e/axe/check.ts'

checkAccessibility('zh')
