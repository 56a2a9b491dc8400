/** The smallest form of `npm run proof`: every fault, scaled to seconds. `test/slow/proof.test.ts` has the short form. */
import { prove } from './prove.ts'

prove('smallest')
