/** The short form of `npm run proof`. */
import { defineFaultTests } from '../proof/fault-tests.ts'

defineFaultTests('short')
