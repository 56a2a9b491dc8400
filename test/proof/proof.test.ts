/** One of the faults, scaled to seconds. `test/slow/proof.test.ts` has the short form of all. */
import { defineFaultTests } from './fault-tests.ts'

defineFaultTests('smallest')
