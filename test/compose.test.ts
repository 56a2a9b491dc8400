import { expect, it, vi } from 'vitest'
import { start } from '../src/server/compose.ts'
import { readConfig } from '../src/server/config.ts'
import { Maintenance } from '../src/server/maintenance.ts'
import { openSqliteStore } from '../src/server/store/sqlite/open.ts'
import { temporaryFolder } from './support/server/server.ts'

const confusables = '../src/server/auth/confusables.ts'

it('a server that cannot start lets go of the data', async (t) => {
  const DATA_DIR = temporaryFolder(t)
  vi.spyOn(Maintenance.prototype, 'start').mockRejectedValueOnce(new Error('The disk is broken.'))
  await expect(start(readConfig({ DATA_DIR, PORT: '0', LOG_LEVEL: 'silent' }))).rejects.toThrow('The disk is broken.')
  await openSqliteStore(DATA_DIR).close()
})

it('a server makes the table of look-alikes before it listens: no sign-in waits for it', async (t) => {
  const DATA_DIR = temporaryFolder(t)
  // A new folder has migrations that look at names, too.
  await openSqliteStore(DATA_DIR).close()
  // Loaded anew: the files of one process share their modules.
  vi.resetModules()
  vi.doMock(confusables, { spy: true })
  t.onTestFinished(() => {
    vi.doUnmock(confusables)
    vi.resetModules()
  })
  const { confusableTable } = await import(confusables)
  const compose = await import('../src/server/compose.ts')
  const server = await compose.start(readConfig({ DATA_DIR, PORT: '0', LOG_LEVEL: 'silent' }))
  t.onTestFinished(() => server.close())
  expect(confusableTable).toHaveBeenCalled()
})
