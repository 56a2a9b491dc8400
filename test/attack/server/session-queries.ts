/** How often the store of one server is asked for a session. */
import { createHash } from 'node:crypto'
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import { type Cleanup, temporaryFolder } from '../../support/server/server.ts'

/**
 * Counts in the class that all stores of this process have, from the first time that one of them is asked for `token`:
 * that one is meant, as other servers of the same process are asked for other sessions.
 */
export async function countSessionQueries(t: Cleanup, token: string): Promise<() => number> {
  const other = openSqliteStore(temporaryFolder(t))
  await other.close()
  const stores = Object.getPrototypeOf(other.sessions) as typeof other.sessions
  const { find } = stores
  const wanted = createHash('sha256').update(token).digest()
  let meant: unknown
  let count = 0
  stores.find = function (hash) {
    if (wanted.equals(hash)) meant = this
    if (this === meant) count++
    return find.call(this, hash)
  }
  t.onTestFinished(() => {
    stores.find = find
  })
  return () => count
}
