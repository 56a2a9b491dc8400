/** The short form of the batteries of `npm run attack` that take longest. `test/attack/attack.test.ts` has the others. */
import { attackServer } from '../attack/attack.ts'

attackServer('short', 'long')
