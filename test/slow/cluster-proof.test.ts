/** A short form of `npm run proof -- cluster`: one of each fault, rights that end unheard, and two nodes that write to the same rooms. */
import { defineFaultTests } from '../proof/fault-tests.ts'

const faults = new Set(['cluster-mixed', 'cluster-rights', 'cluster-hot-rooms', 'cluster-seeded'])

defineFaultTests('short', (name) => faults.has(name))
