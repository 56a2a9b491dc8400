/** `npx teahouse conformance`: passes against our server. `test/slow/conformance-faults.test.ts` puts faults into one. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { checks, runChecks, setUpTitle } from '../../src/server/cli/conformance/run.ts'
import { patienceMs } from '../support/run/timeouts.ts'
import { startServer } from '../support/server/server.ts'
import { runProgram } from './program.ts'

const run = (...words: string[]) => runProgram(['conformance', ...words], {})

describe('npx teahouse conformance', () => {
  it('passes every check against our server, prints each, and exits with 0', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const { code, stdout, stderr } = await run(server.url)
    expect([code, stderr], stdout).toEqual([0, ''])
    for (const { title } of checks) expect(stdout).toContain(`ok      ${title}\n`)
    expect(stdout).toMatch(new RegExp(`All ${checks.length + 2} checks passed\\.\n$`))
  })
  it('leaves no session, no message text and no room that others see', async (t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const only = ['unknown fields of a command are ignored']
    const results = await runChecks(server.url, { only, patienceMs })
    expect(results.filter(({ fault }) => fault)).toEqual([])
    await server.stop()
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'), { readOnly: true })
    const count = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0]
    expect(count('select count(*) from users')).toBe(3)
    expect(count('select count(*) from sessions')).toBe(0)
    expect(count(`select count(*) from rooms where kind = 'public'`)).toBe(1)
    expect(count(`select count(*) from entries where type in ('chat', 'edit') and data <> ''`)).toBe(0)
    database.close()
  })
  it('finds a server that is none of the protocol, prints what was expected, and exits with 1', async (t) => {
    const server = createServer((_request, response) => {
      response.writeHead(500).end('<h1>\x1b[2J</h1>')
    }).listen(0, '127.0.0.1')
    t.onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { code, stdout, stderr } = await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toContain(
      `failed  ${setUpTitle}\n          expected POST /signin to answer 200 for a new name, got 500 <h1> [2J</h1>\n`,
    )
    expect(stdout).toContain('1 of 1 checks failed.')
    expect(stdout).not.toContain('\x1b')
  })
  it('says in one line that an address is wrong, and in a check that nobody answers', async () => {
    for (const words of [[], ['teahouse'], ['ftp://127.0.0.1'], ['http://127.0.0.1', 'more']]) {
      const { code, stdout, stderr } = await run(...words)
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/^Name the address of the server[^\n]*\n$/)
    }
    expect((await run('http://127.0.0.1:1/chat')).stderr).toMatch(/^The address of the server has no path[^\n]*\n$/)
    const silent = await run('http://127.0.0.1:1')
    expect([silent.code, silent.stdout]).toEqual([1, expect.stringContaining(`failed  ${setUpTitle}`)])
  })
})
