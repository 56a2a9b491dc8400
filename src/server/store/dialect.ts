/** What differs between the databases: SQL of the rules names it in braces, like `{index:entries_edit}`. */
export interface Dialect {
  /** After a table: reads it by that index, where the planner would take another one. */
  index(name: string): string
  /** A join in the order in which it is written. */
  orderedJoin: string
  greatest: string
  least: string
  /** A table `value` of the strings in a JSON array, which is its parameter. */
  strings: string
  /** The size of the database in bytes. */
  databaseBytes: string
}

/** Replaces what is in braces. */
export function translate(
  sql: string,
  { index, orderedJoin, greatest, least, strings, databaseBytes }: Dialect,
): string {
  return sql.replace(/\{(\w[\w ]*)(?::(\w+))?\}/g, (_, name: string, argument = '') => {
    switch (name) {
      case 'index':
        return index(argument)
      case 'ordered join':
        return orderedJoin
      case 'greatest':
        return greatest
      case 'least':
        return least
      case 'strings':
        return strings
      case 'database bytes':
        return databaseBytes
      default:
        throw new Error(`{${name}} is in no dialect.`)
    }
  })
}
