/** The pages and states in Chinese, but for those of admins, files and colours: the other test has them. */
import { checkAccessibility } from '../e2e/axe/check.ts'

checkAccessibility('zh')
