/** `npm run attack` in a small form: `npm run attack` itself tries more of each battery. */
import { attackServer } from '../attack/attack.ts'

attackServer()
