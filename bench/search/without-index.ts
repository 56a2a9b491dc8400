/** To be imported before the server's modules, by threads too: messages are stored without being indexed. */
import { registerHooks } from 'node:module'

type Change = readonly [before: string, after: string]

/** What is replaced, by the end of the module's address. */
const changes: Record<string, readonly Change[]> = {
  // Without terms, and in SQLite without the row.
  '/store/facade/log.ts': [["content.type === 'chat' ? joinedTermsOf(content.data) : undefined", "''"]],
  '/store/search/index.ts': [
    [
      '  yield* atEnd(indexSql.add, place, words)',
      "  if (process.env.STORE === 'PostgreSQL') yield* atEnd(indexSql.add, place, words)",
    ],
    ['  const words = terms ===', "  return ''\n  const words = terms ==="],
  ],
  '/store/postgres/plain/statements.ts': [
    [
      '    client.query({ ...addWords, values: [indexed.map(({ place }) => place), indexed.map(({ words }) => words)] }),',
      '',
    ],
  ],
}

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const end = Object.keys(changes).find((one) => url.endsWith(one))
    if (end === undefined) return loaded
    let source = String(loaded.source)
    for (const [before, after] of changes[end] ?? []) {
      if (!source.includes(before)) throw new Error(`${url} has no ${before}`)
      source = source.replace(before, after)
    }
    return { ...loaded, source }
  },
})
