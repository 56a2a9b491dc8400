/** Every command of `npx teahouse` on PostgreSQL: those that `cli.test.ts` runs on SQLite, and the others. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { help } from '../../src/server/cli/run.ts'
import { PostgresServer } from '../support/services/postgres.ts'
import { RedisServer } from '../support/services/redis.ts'
import { cliOnPostgres, shared } from './cli.ts'
import { botCommands } from './commands/bots.ts'
import { errorsOf } from './commands/errors.ts'
import { filesCommands } from './commands/files.ts'
import { listingCommands } from './commands/lists.ts'
import { moveCommand } from './commands/move.ts'
import { resetCommand } from './commands/reset.ts'
import { serverWithPeople } from './people.ts'
import { runProgram } from './program.ts'

let postgres: PostgresServer
let redis: RedisServer
beforeAll(async () => {
  ;[postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()])
}, 120_000)
afterAll(async () => {
  await Promise.all([postgres?.stop(), redis?.kill()])
})

const cli = cliOnPostgres(() => ({ postgres, redis }))
listingCommands(cli)
botCommands(cli)
resetCommand(cli)
filesCommands(cli)
errorsOf(cli)
moveCommand(cli, () => postgres)

describe('command line on PostgreSQL › a node', () => {
  const given = shared((t) => serverWithPeople(cli, t))
  it('has no fault that conformance finds', async () => {
    const { server } = given()
    expect(await cli.told(server, 'conformance', server.url)).toMatch(/^(ok {6}.*\n)+\nAll \d+ checks passed\.\n$/)
  })
  it('can be asked by the program, which ends although it had connections', async () => {
    const { server } = given()
    const ending = await runProgram(['users'], cli.settingsOf(server))
    expect(ending).toEqual({ code: 0, stdout: await cli.told(server, 'users'), stderr: '' })
    expect(ending.stdout).toContain('Anna')
  })
  it('cannot be asked without its database: the program says so in one line on standard error, and exits with 1', async () => {
    const settings = { ...cli.settingsOf(given().server), DATABASE_URL: postgres.newDatabase() }
    const { code, stdout, stderr } = await runProgram(['users'], settings)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^DATABASE_URL: cannot use PostgreSQL at [^\n]+\n$/)
  })
})

/** As `npx teahouse help` lists them, without what they are given. */
function listedCommands(): string[] {
  const listed = [...help.matchAll(/^ {2}(\S[^\n]*?)(?: {2,}|$)/gm)].map(([, usage = '']) => usage)
  return listed.map((usage) => usage.replace(/ *[<[].*$/, ''))
}

// Last: by then they were run. With `-t` they were not.
it('command line on PostgreSQL › every command that help lists has done its work', (t) => {
  const listed = listedCommands()
  expect(listed).toEqual(expect.arrayContaining(['users', 'bots', 'bots add', 'files check', 'move', 'help']))
  const longestFirst = listed.toSorted((a, b) => b.length - a.length)
  const done = new Set(
    cli.done.map((words) => longestFirst.find((name) => `${words.join(' ')} `.startsWith(`${name} `))),
  )
  if (!done.size) t.skip()
  expect([...done].toSorted()).toEqual(listed.toSorted())
})
