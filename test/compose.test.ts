import { expect, it, vi } from 'vitest'
import { start } from '../src/server/compose.ts'
import { readConfig } from '../src/server/config.ts'
import { Maintenance } from '../src/server/maintenance.ts'
import { openSqliteStore } from '../src/server/store/sqlite/open.ts'
import { temporaryFolder } from './support/server.ts'

it('a server that cannot start lets go of the data', async (t) => {
  const DATA_DIR = temporaryFolder(t)
  vi.spyOn(Maintenance.prototype, 'start').mockRejectedValueOnce(new Error('The disk is broken.'))
  await expect(start(readConfig({ DATA_DIR, PORT: '0', LOG_LEVEL: 'silent' }))).rejects.toThrow('The disk is broken.')
  await openSqliteStore(DATA_DIR).close()
})
