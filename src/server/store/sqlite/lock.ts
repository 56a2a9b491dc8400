import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Two processes that hear nothing of each other must not share a log. The lock ends with its process, however that ends.
 * @throws Error in one line
 */
export function lockFolder(dataDir: string): DatabaseSync {
  let lock: DatabaseSync | undefined
  try {
    makeFolder(dataDir)
    refuseUnlessWritable(dataDir)
    lock = new DatabaseSync(join(dataDir, 'lock'))
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock?.close()
    const { errcode, code, message } = error as NodeJS.ErrnoException & { errcode?: number }
    if (errcode === 5) throw new Error(`${dataDir} is in use by another Teahouse.`)
    const isForbidden = code === 'EACCES' || code === 'EPERM'
    const hint = isForbidden ? ` (the server runs as user ${process.getuid?.()}, who must be able to write there)` : ''
    throw new Error(`${dataDir} cannot be used: ${message}${hint}`)
  }
}

/** @throws Error with the reason, which SQLite would not say */
function refuseUnlessWritable(dataDir: string): void {
  const files = ['lock', 'teahouse.db', 'teahouse.db-wal', 'teahouse.db-shm'].map((file) => join(dataDir, file))
  accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  for (const file of files) if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
}

/** Node's own `recursive` never ends below a folder in which nothing can be made, such as /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path)
}
