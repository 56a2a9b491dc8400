/** `npm run attack`: the batteries that take longest in their short form, and the smallest form of all others. */
import { attackServer } from '../attack/attack.ts'

attackServer('short', 'long')
attackServer('smallest', 'others')
