/** The tables of a store, as SQLite describes them. PostgreSQL has the same ones with the same columns. */
import type { DatabaseSync } from 'node:sqlite'
import type { Table } from './contract.ts'

interface Described extends Table {
  /** The tables that its rows name. */
  names: Set<string>
}

/** What is made again: the index of the search is of another kind in each database. */
const madeAgain = {
  tables: ['search_backlog', 'search_state', 'search_chunks', 'file_texts', 'file_text_parts'],
  columns: ['place', 'text_waits'],
}

/** @returns each after those that its rows name */
export function tablesOf(database: DatabaseSync): Table[] {
  const copied = describe(database).filter(({ name }) => !madeAgain.tables.includes(name))
  const left = new Map(copied.map((table) => [table.name, table]))
  const sorted: Table[] = []
  while (left.size) {
    const ready = [...left.values()].filter(
      ({ name, names }) => ![...names].some((one) => one !== name && left.has(one)),
    )
    if (!ready.length) throw new Error(`These tables name each other in a circle: ${[...left.keys()].join(', ')}.`)
    for (const table of ready) left.delete(table.name)
    sorted.push(...ready)
  }
  return sorted
}

function describe(database: DatabaseSync): Described[] {
  // An index for searching is a table of another type: it is made again from what it is an index of.
  const names = database
    .prepare(
      `select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite~_%' escape '~'`,
    )
    .all()
  return names.map((row) => {
    const name = String(row.name)
    const columns = database.prepare('select name, pk from pragma_table_info(?)').all(name)
    const named = database.prepare('select "table" from pragma_foreign_key_list(?)').all(name)
    const key = columns.filter(({ pk }) => pk).sort((a, b) => Number(a.pk) - Number(b.pk))
    const references = new Set(named.map(({ table }) => String(table)))
    return {
      name,
      columns: columns.map(({ name }) => String(name)).filter((column) => !madeAgain.columns.includes(column)),
      key: key.map(({ name }) => String(name)),
      isOrdered: references.has(name),
      names: references,
    }
  })
}
