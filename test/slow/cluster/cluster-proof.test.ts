/** A short form of `npm run proof -- cluster`: one of each fault, a failover, rights that end unheard, two nodes that write to the same rooms, and a seeded fault. */
import { defineFaultTests } from '../../proof/fault-tests.ts'

const faults = new Set(['cluster-mixed', 'cluster-failover', 'cluster-rights', 'cluster-hot-rooms'])

defineFaultTests('short', (name) => faults.has(name))
defineFaultTests('smallest', (name) => name === 'cluster-seeded')
