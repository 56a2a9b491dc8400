/** The short form of `npm run proof`. */
import { prove } from '../proof/prove.ts'

prove('short')
