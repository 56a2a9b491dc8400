import { readdirSync, readFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { isEmoji } from '../../../shared/emoji.ts'
import { foldName } from '../../../shared/text.ts'
import { confusableSkeleton } from '../../auth/confusables.ts'
import type { Rule } from '../transaction.ts'
import { mentionNewest } from './carry-over.ts'
import { statementRunner } from './statements.ts'

const folder = new URL('./migrations/', import.meta.url)

/** What is too much for SQL, done after the file of that name. */
const steps: Record<string, () => Rule<void>> = { '6-mentions.sql': mentionNewest }

/**
 * Brings a database to today's schema, in one transaction.
 * @throws Error for a database that a newer version has written
 */
export function migrate(database: DatabaseSync): void {
  // What a name looks like is too much for SQL, and its own lower case knows only ASCII.
  database.function('skeleton_of', { deterministic: true }, (name) => confusableSkeleton(String(name)))
  database.function('folded_name', { deterministic: true }, (name) => foldName(String(name)))
  database.function('is_emoji', { deterministic: true }, (text) => Number(isEmoji(String(text))))
  const files = readdirSync(folder).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
  database.exec('begin immediate')
  try {
    const version = schemaVersion(database)
    if (version > files.length) {
      throw new Error(
        `The data was written by a newer version (schema ${version}, this program knows ${files.length}).`,
      )
    }
    for (const file of files.slice(version)) {
      database.exec(readFileSync(new URL(file, folder), 'utf8'))
      const step = steps[file]
      if (step) statementRunner(database)(step())
    }
    database.exec(`pragma user_version = ${files.length}`)
    database.exec('commit')
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
}

/** @throws Error for a database that another version has written, older or newer */
export function refuseOtherSchema(database: DatabaseSync): void {
  const [version, known] = [schemaVersion(database), readdirSync(folder).length]
  if (version !== known) {
    throw new Error(`the data was written by another version (schema ${version}, this program knows ${known}).`)
  }
}

function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('pragma user_version').get()?.user_version)
}

/** The settings of every connection that writes. */
export function configure(database: DatabaseSync): void {
  database.exec('pragma journal_mode = wal')
  // A commit returns after an fsync: what is acknowledged survives the loss of power, not only the end of the process.
  database.exec('pragma synchronous = full')
  // What is deleted is overwritten, where SQLite would only forget where it is: see `erasing.ts`.
  database.exec('pragma secure_delete = on')
  database.exec('pragma busy_timeout = 2000')
  database.exec('pragma foreign_keys = on')
  database.exec(`pragma journal_size_limit = ${64 * 1024 * 1024}`)
  // Pages, 32 MB: many rooms change many pages, and each is copied to its place once for each checkpoint.
  database.exec('pragma wal_autocheckpoint = 8000')
  // Negative is KiB, at most: with the default of 2 MiB a busy transaction reads and spills pages that it needs again.
  database.exec('pragma cache_size = -65536')
}
