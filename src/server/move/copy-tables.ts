import { createHash } from 'node:crypto'
import type { Row, Side, Table } from './contract.ts'

/** Has rows from the beginning, which tell one server from another: those of the source are kept. */
const metaTable = 'meta'

export interface Moved {
  what: string
  count: number
}

/** Copies every table and compares it, without a commit. @throws Error in one line when the target has data, or is not the same afterwards */
export async function copyTables(
  [from, to]: readonly [from: Side, to: Side],
  tables: Table[],
  progress: (moved: Moved) => void,
): Promise<Moved[]> {
  for (const table of tables) {
    if (table.name !== metaTable && (await to.hasRows(table)))
      throw new Error(`There is data in ${table.name} already: move into an empty database or a new folder.`)
  }
  const all: Moved[] = []
  for (const table of tables) {
    if (table.name === metaTable) await to.empty(table)
    const moved = { what: table.name, count: 0 }
    const sum = new RowSum()
    for await (const rows of from.rows(table)) {
      const inserted = to.insert(table, rows)
      // While the database inserts them.
      sum.add(rows)
      await inserted
      moved.count += rows.length
      progress(moved)
    }
    await compare(to, table, sum)
    all.push(moved)
  }
  return all
}

/** @throws Error unless the table has as many rows as were read, with the same values */
async function compare(side: Side, table: Table, expected: RowSum): Promise<void> {
  const found = new RowSum()
  for await (const rows of side.rows(table)) found.add(rows)
  if (found.text !== expected.text)
    throw new Error(`The copy of ${table.name} is not the same: ${found.text} instead of ${expected.text}.`)
}

/** A count and a checksum of rows, the same in any order. */
export class RowSum {
  #rows = 0
  readonly #sum = new Uint32Array(8)

  add(rows: Row[]): void {
    this.#rows += rows.length
    for (const row of rows) {
      const values = row.map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : value))
      const hash = createHash('sha256').update(JSON.stringify(values)).digest()
      for (let i = 0; i < this.#sum.length; i++) this.#sum[i] = (this.#sum[i] ?? 0) + hash.readUInt32BE(4 * i)
    }
  }

  get text(): string {
    const words = [...this.#sum].map((word) => word.toString(16).padStart(8, '0'))
    return `${this.#rows} rows, checksum ${words.join('')}`
  }
}
