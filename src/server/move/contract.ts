/** What a move asks of the database that it reads, and of the one that it fills. */

export type Value = string | number | Buffer | null
/** In the order of the columns. */
export type Row = Value[]

export interface Table {
  name: string
  columns: readonly string[]
  /** The columns that tell its rows apart. */
  key: readonly string[]
  /** Whether its rows name others of the same table, which have smaller keys than they are named by. */
  isOrdered: boolean
}

/** A database in one transaction: what it reads is of one moment, and what was inserted is there for others after `commit`. */
export interface Side {
  /** A row at least. */
  hasRows(table: Table): Promise<boolean>
  /** All rows in parts; of an ordered table, each before the rows that name it. */
  rows(table: Table): AsyncIterable<Row[]>
  empty(table: Table): Promise<void>
  insert(table: Table, rows: Row[]): Promise<void>
  run(sql: string): Promise<void>
  /** Resolves when it would survive a loss of power. */
  commit(): Promise<void>
  /** Undoes what is not committed. */
  close(): Promise<void>
}

/** In each part that is read. */
export const partRows = 5_000
