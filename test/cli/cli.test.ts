/** `npx teahouse` on SQLite, and as its user starts it. `test/cli/postgres.test.ts` runs the same commands on PostgreSQL. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/server/server.ts'
import { cliOnSqlite, run } from './cli.ts'
import { botCommands } from './commands/bots.ts'
import { errorsOf } from './commands/errors.ts'
import { filesCommands } from './commands/files.ts'
import { listingCommands } from './commands/lists.ts'
import { resetCommand } from './commands/reset.ts'
import { serverWithPeople } from './people.ts'
import { runProgram } from './program.ts'

const cli = cliOnSqlite()
listingCommands(cli)
botCommands(cli)
resetCommand(cli)
filesCommands(cli)
errorsOf(cli)

describe('command line › help', () => {
  it.for([[], ['help'], ['--help'], ['-h']])('lists the commands, also without a data folder: %j', async (words, t) => {
    const DATA_DIR = temporaryFolder(t)
    const { code, stdout } = await run(words, { DATA_DIR })
    expect([code, stdout]).toEqual([0, expect.stringMatching(/users .*\n.*rooms .*\n.*reset <name>[\s\S]*files check/)])
    expect(readdirSync(DATA_DIR)).toEqual([])
  })
  it('is the same for npx teahouse', async (t) => {
    // Its own cache, and nobody to ask: what it runs is what is here.
    const cache = temporaryFolder(t)
    const offline = { npm_config_cache: cache, npm_config_offline: 'true', HOME: cache, npm_config_loglevel: 'error' }
    const { code, stdout } = await runProgram(['teahouse', 'help'], offline, ['npx', '--no'])
    expect([code, stdout]).toEqual([0, (await run(['help'], {})).stdout])
  })
})

describe('command line › as a program', () => {
  it('prints its result and exits with 0', async (t) => {
    const { server } = await serverWithPeople(cli, t)
    const ending = await runProgram(['users'], { DATA_DIR: server.dataDir })
    expect(ending).toEqual({ code: 0, stdout: await cli.told(server, 'users'), stderr: '' })
    expect(ending.stdout).toContain('Anna')
  })
  it('says in one line on standard error that it cannot, exits with 1 and leaves nothing behind', async (t) => {
    const DATA_DIR = temporaryFolder(t)
    expect(await runProgram(['users'], { DATA_DIR })).toEqual({
      code: 1,
      stdout: '',
      stderr: `There is no teahouse in ${DATA_DIR}: start it first, or set DATA_DIR.\n`,
    })
    expect(readdirSync(DATA_DIR)).toEqual([])
  })
})
