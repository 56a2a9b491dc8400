/** Every page and state of a page in Chinese. In one theme: colours do not depend on the language, and the other test has both. */
import { checkAccessibility } from '../e2e/axe/check.ts'

checkAccessibility('dark', 'zh')
