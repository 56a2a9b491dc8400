import type { Client } from 'pg'
import { writerLock } from '../store/postgres/batch.ts'
import { connect, patience, refusalOf, UnusableDatabase } from '../store/postgres/connection.ts'
import { leaseLock, nodesLock } from '../store/postgres/lease.ts'
import { migrate } from '../store/postgres/schema.ts'
import { partRows, type Row, type Side, type Table } from './contract.ts'

/** One statement may have much to do, and the transaction waits while files are copied. */
const patient = { ...patience, statementMs: 0, silenceMs: 0, idleInTransactionMs: 0 }

interface Column {
  name: string
  /** `int8`, `text`, `bytea` … */
  type: string
  isIdentity: boolean
}

/** A PostgreSQL database. */
export class PostgresSide implements Side {
  readonly #client: Client
  readonly #columns = new Map<string, Column[]>()

  private constructor(client: Client) {
    this.#client = client
  }

  /** Creates the tables that are not there. @throws Error in one line */
  static async open(url: string): Promise<PostgresSide> {
    try {
      const client = await connect(url, patient)
      try {
        await migrate(client)
        // Each running node holds the first lock, one of them the second, and each write the third: from now on no other process stores anything.
        const { rows } = await client.query(
          'select pg_try_advisory_lock($1) and pg_try_advisory_lock($2) and pg_try_advisory_lock($3) as taken',
          [nodesLock, leaseLock, writerLock],
        )
        if (!rows[0].taken) throw new UnusableDatabase('a server uses it: stop all nodes before')
        await client.query('begin isolation level repeatable read')
        const side = new PostgresSide(client)
        await side.#readColumns()
        return side
      } catch (error) {
        await client.end().catch(() => {})
        throw error
      }
    } catch (error) {
      throw refusalOf(url, error)
    }
  }

  async hasRows({ name }: Table): Promise<boolean> {
    const { rowCount } = await this.#client.query(`select 1 from ${name} limit 1`)
    return Boolean(rowCount)
  }

  async *rows({ name, columns, key, isOrdered }: Table): AsyncIterable<Row[]> {
    const order = isOrdered ? `order by ${key[0]} desc` : ''
    this.#columnsOf({ name, columns })
    await this.#client.query(`declare moved cursor for select ${columns.join(', ')} from ${name} ${own(name)} ${order}`)
    const fetchPart = () => {
      const part = this.#client.query<Row>({ text: `fetch ${partRows} from moved`, rowMode: 'array' })
      // Awaited when it is needed; until then whoever takes the rows may give up.
      part.catch(() => {})
      return part
    }
    for (let part = fetchPart(); ; ) {
      const { rows } = await part
      if (!rows.length) break
      // The next ones are read while these are used.
      part = fetchPart()
      yield rows
    }
    await this.#client.query('close moved')
  }

  async empty({ name }: Table): Promise<void> {
    await this.#client.query(`delete from ${name} ${own(name)}`)
  }

  async insert(table: Table, rows: Row[]): Promise<void> {
    const columns = this.#columnsOf(table)
    const names = table.columns.join(', ')
    const arrays = columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(', ')
    const values = columns.map((_, column) => rows.map((row) => row[column]))
    // An id keeps its value, also where the database would give one.
    const text = `insert into ${table.name} (${names}) overriding system value select * from unnest(${arrays})`
    await this.#client.query(text, values)
  }

  async run(sql: string): Promise<void> {
    await this.#client.query(sql)
  }

  async commit(): Promise<void> {
    // The places before it are for the messages that were moved.
    await this.#client.query(`select setval('search_places', reserved + 1, false) from search_state`)
    for (const [table, columns] of this.#columns) {
      for (const { name, isIdentity } of columns) {
        if (!isIdentity) continue
        const next = `coalesce((select max(${name}) from ${table}), 0) + 1`
        await this.#client.query(`select setval(pg_get_serial_sequence($1, $2), ${next}, false)`, [table, name])
      }
    }
    const { command } = await this.#client.query('commit')
    if (command !== 'COMMIT') throw new Error('The database has rolled the transaction back.')
    // What the planner knows of the tables is that they are empty.
    await this.#client.query('analyze')
  }

  async close(): Promise<void> {
    await this.#client.end()
  }

  async #readColumns(): Promise<void> {
    const { rows } = await this.#client.query(`
      select table_name as "table", column_name as name, udt_name as type, is_identity = 'YES' as "isIdentity"
      from information_schema.columns where table_schema = current_schema() order by table_name, ordinal_position`)
    for (const { table, ...column } of rows) {
      const columns = this.#columns.get(table) ?? []
      columns.push(column)
      this.#columns.set(table, columns)
    }
  }

  /** @throws Error when the table is another one here */
  #columnsOf({ name, columns }: Pick<Table, 'name' | 'columns'>): Column[] {
    const here = this.#columns.get(name) ?? []
    const found = columns.map((column) => here.find((one) => one.name === column))
    if (found.includes(undefined))
      throw new Error(`The table ${name} has other columns in the two databases: they are of different versions.`)
    return found as Column[]
  }
}

/** The version of the schema is of this database, and not of the data. */
function own(table: string): string {
  return table === 'meta' ? "where key <> 'schema'" : ''
}
