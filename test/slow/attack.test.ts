/** The short form of `npm run attack`. */
import { attackServer } from '../attack/attack.ts'

attackServer('short')
