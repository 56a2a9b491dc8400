/**
 * One hostile guest at full speed beside ten ordinary users, one resource after the other. Quiet and hostile slices alternate, so
 * that what else the machine does falls on both. `HOSTILE_SECONDS` is the length of the attack on each resource.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Latencies } from '../../bench/load/latencies.ts'
import { ServerProcess } from '../proof/server.ts'
import { type Cleanup, temporaryFolder } from '../support/server.ts'
import { OrdinaryUsers } from './hostile-guest/ordinary.ts'
import { attacks, type Tally, type Target } from './hostile-guest/resources.ts'
import { fillRooms } from './hostile-guest/rooms.ts'

const secondsEach = Number(process.env.HOSTILE_SECONDS ?? 60 / Object.keys(attacks).length)
const slices = 2
const names = ['Anna', 'Bo', 'Cai', 'Dana', 'Eve', 'Finn', 'Gwen', 'Hui', 'Ida', 'Jun']
const hostileAddress = '127.0.0.66'
const mostResidentBytes = 400 * 1024 * 1024
const mostTimesQuiet = 2

it('One hostile guest at full speed neither slows ten ordinary users nor fills memory or disk', async (t) => {
  const dataDir = temporaryFolder(t)
  await fillRooms(dataDir)
  const server = await ServerProcess.start({ dataDir, environment: { RATE_LIMITS: 'on', LOG_LEVEL: 'fatal' } })
  t.onTestFinished(() => server[Symbol.asyncDispose]())
  const cookies = await Promise.all(names.map((name) => signIn(server.port, name)))
  const users = await OrdinaryUsers.join(server.port, cookies)
  t.onTestFinished(() => users.close())
  const target = { port: server.port, cookie: await signIn(server.port, 'Mallory'), localAddress: hostileAddress }
  const memory = watchMemory(server, t)
  await users.talk(2_000)

  const rows: Row[] = []
  const quiet = new Latencies()
  for (const resource of Object.keys(attacks)) {
    const bytes = bytesIn(dataDir)
    const measured = await measure(resource, target, users)
    quiet.addAll(measured.quiet)
    rows.push({ resource, ...measured, stored: bytesIn(dataDir) - bytes })
  }
  const table = [
    ...rows.map(rowText),
    `quiet: p99 ${quiet.percentile(0.99).toFixed(1)} ms; memory: ${megabytes(memory.most)} MB at most`,
  ].join('\n')
  console.log(table)

  for (const { tally, resource } of rows) expect(tally.tried, `${resource} was attacked`).toBeGreaterThan(20)
  expect(users.refused).toEqual([])
  expect(server.unasked).toEqual([])
  // All that was quiet together: a few seconds of one slice alone are a matter of luck.
  const quietMs = quiet.percentile(0.99)
  const slowed = rows.filter(({ hostile }) => hostile.percentile(0.99) > mostTimesQuiet * quietMs).map(rowText)
  expect(slowed, table).toEqual([])
  expect(memory.most).toBeLessThan(mostResidentBytes)
})

interface Row extends Measured {
  resource: string
  /** Bytes by which the data folder grew. */
  stored: number
}

interface Measured {
  /** The times to `sent`. */
  quiet: Latencies
  hostile: Latencies
  tally: Tally
}

async function measure(resource: string, target: Target, users: OrdinaryUsers): Promise<Measured> {
  const [quiet, hostile] = [new Latencies(), new Latencies()]
  const tally = { tried: 0, refused: 0 }
  const sliceMs = (secondsEach * 1_000) / slices
  for (let i = 0; i < slices; i++) {
    quiet.addAll(await users.talk(sliceMs))
    await using attacker = new Attacker(resource, target)
    hostile.addAll(await users.talk(sliceMs))
    const { tried, refused } = await attacker.stop()
    // What the server has yet to work off is a part of the attack.
    hostile.addAll(await users.talk(500))
    tally.tried += tried
    tally.refused += refused
  }
  return { quiet, hostile, tally }
}

class Attacker implements AsyncDisposable {
  readonly #child
  readonly #exit: Promise<unknown>

  constructor(resource: string, target: Target) {
    const program = join(import.meta.dirname, 'hostile-guest/attacker.ts')
    this.#child = fork(program, [resource, JSON.stringify(target)])
    this.#exit = once(this.#child, 'exit')
  }

  async stop(): Promise<Tally> {
    const answer = once(this.#child, 'message')
    this.#child.send('stop')
    const [tally] = (await answer) as [Tally]
    await this.#exit
    return tally
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }
}

async function signIn(port: number, name: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/signin`, {
    method: 'POST',
    body: new URLSearchParams({ name }),
    redirect: 'manual',
  })
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')
}

function watchMemory(server: ServerProcess, t: Cleanup): { most: number } {
  const memory = { most: 0 }
  const timer = setInterval(() => {
    if (server.isRunning) memory.most = Math.max(memory.most, server.usage().residentBytes)
  }, 100)
  t.onTestFinished(() => clearInterval(timer))
  return memory
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
}

function rowText({ resource, quiet, hostile, tally, stored }: Row): string {
  const [before, then] = [quiet, hostile].map((times) => times.percentile(0.99)) as [number, number]
  const times = `p99 ${before.toFixed(1)} ms quiet, ${then.toFixed(1)} ms hostile (${(then / before).toFixed(2)} ×)`
  return `${resource}: ${times}, ${tally.tried} tried, ${tally.refused} refused, ${megabytes(stored)} MB stored`
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1)
}
