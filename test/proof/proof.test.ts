/** The smallest form of `npm run proof`: every fault, scaled to seconds. `test/slow/proof.test.ts` has the short form. */
import { defineFaultTests } from './fault-tests.ts'

defineFaultTests('smallest')
