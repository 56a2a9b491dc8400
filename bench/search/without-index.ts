/** To be imported before the server's modules, by threads too: messages are stored without being indexed. */
import { registerHooks } from 'node:module'

/** What is replaced, by the end of the module's address. */
const changes: Record<string, readonly [before: string, after: string]> = {
  // Without terms, and in SQLite without the row.
  '/store/search/index.ts': [
    '  yield* atEnd(indexSql.add, place, words)',
    "  if (process.env.STORE === 'PostgreSQL') yield* atEnd(indexSql.add, place, words)",
  ],
  '/store/postgres/plain/statements.ts': ['    client.query({ ...addWords, values: [JSON.stringify(indexed)] }),', ''],
}

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const end = Object.keys(changes).find((one) => url.endsWith(one))
    const change = end === undefined ? undefined : changes[end]
    if (!change) return loaded
    const source = String(loaded.source)
    if (!source.includes(change[0])) throw new Error(`${url} has no ${change[0]}`)
    const changed = source.replace(change[0], change[1])
    return { ...loaded, source: changed.replace('  const words = firstWords', '  return ""\n$&') }
  },
})
