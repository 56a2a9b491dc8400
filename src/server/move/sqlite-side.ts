import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { lockFolder } from '../store/sqlite/lock.ts'
import { configure, migrate, refuseOtherSchema } from '../store/sqlite/schema.ts'
import { partRows, type Row, type Side, type Table, type Value } from './contract.ts'
import { tablesOf } from './tables.ts'

/** A data folder, which nobody else can use meanwhile. */
export class SqliteSide implements Side {
  readonly tables: Table[]
  readonly #lock: DatabaseSync
  readonly #database: DatabaseSync

  private constructor(lock: DatabaseSync, database: DatabaseSync) {
    this.#lock = lock
    this.#database = database
    this.tables = tablesOf(database)
    database.exec('begin immediate')
  }

  /** @throws Error in one line when there is no data, data of another version, or a server that uses it */
  static read(dataDir: string): SqliteSide {
    if (!existsSync(join(dataDir, 'teahouse.db'))) throw new Error(`There is no teahouse in ${dataDir}.`)
    return SqliteSide.#open(dataDir, refuseOtherSchema)
  }

  /** Creates what is not there. @throws Error in one line */
  static fill(dataDir: string): SqliteSide {
    return SqliteSide.#open(dataDir, (database) => {
      configure(database)
      migrate(database)
    })
  }

  static #open(dataDir: string, prepare: (database: DatabaseSync) => void): SqliteSide {
    const lock = lockFolder(dataDir)
    const path = join(dataDir, 'teahouse.db')
    try {
      const database = new DatabaseSync(path)
      prepare(database)
      return new SqliteSide(lock, database)
    } catch (error) {
      lock.close()
      throw new Error(`${path} cannot be used: ${(error as Error).message}`)
    }
  }

  async hasRows({ name }: Table): Promise<boolean> {
    return this.#database.prepare(`select 1 from ${name} limit 1`).get() !== undefined
  }

  async *rows({ name, columns, key, isOrdered }: Table): AsyncIterable<Row[]> {
    const order = isOrdered ? `order by ${key[0]} desc` : ''
    const statement = this.#database.prepare(`select ${columns.join(', ')} from ${name} ${order}`)
    statement.setReturnArrays(true)
    let part: Row[] = []
    for (const row of statement.iterate()) {
      part.push((row as unknown as (Value | Uint8Array)[]).map(bytesAsBuffer))
      if (part.length < partRows) continue
      yield part
      part = []
    }
    if (part.length) yield part
  }

  async empty({ name }: Table): Promise<void> {
    this.#database.exec(`delete from ${name}`)
  }

  async insert({ name, columns }: Table, rows: Row[]): Promise<void> {
    const places = columns.map(() => '?').join(', ')
    const statement = this.#database.prepare(`insert into ${name} (${columns.join(', ')}) values (${places})`)
    for (const row of rows) statement.run(...(row as SQLInputValue[]))
  }

  async run(sql: string): Promise<void> {
    this.#database.exec(sql)
  }

  async commit(): Promise<void> {
    this.#database.exec('commit')
    this.#database.exec('pragma wal_checkpoint(truncate)')
  }

  async close(): Promise<void> {
    if (this.#database.isTransaction) this.#database.exec('rollback')
    this.#database.close()
    this.#lock.close()
  }
}

function bytesAsBuffer(value: Value | Uint8Array): Value {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}
