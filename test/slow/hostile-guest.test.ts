/**
 * One hostile guest at full speed beside ten ordinary users, one resource after the other. The same ten write on a second server, the
 * control, which has the same rooms and which nobody attacks: what else the machine does slows both, and only the attack slows one
 * of them. `HOSTILE_SECONDS` is how long each resource is attacked.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Latencies } from '../../bench/load/latencies.ts'
import { ServerProcess } from '../proof/server.ts'
import { type Cleanup, temporaryFolder } from '../support/server/server.ts'
import { OrdinaryUsers } from './hostile-guest/ordinary-users.ts'
import { attacks, type Tally, type Target } from './hostile-guest/resources.ts'
import { fillRooms } from './hostile-guest/rooms.ts'

const resources = Object.keys(attacks).filter((resource) => resource.includes(process.env.HOSTILE_RESOURCE ?? ''))
const secondsEach = Number(process.env.HOSTILE_SECONDS ?? 40 / resources.length)
/**
 * What a guest may do at once is spent in the first seconds, however long the attack: of 60 s the 99th percentile leaves out so many
 * seconds' messages, and of a shorter attack as many are left out.
 */
const slowSeconds = 60 * 0.01
const percentile = 1 - slowSeconds / Math.max(secondsEach, 2 * slowSeconds)
const quietMs = 1_000
const afterMs = 500
const names = ['Anna', 'Bo', 'Cai', 'Dana', 'Eve', 'Finn', 'Gwen', 'Hui', 'Ida', 'Jun']
const maxResidentBytes = 400 * 1024 * 1024
const maxTimesQuiet = 2
/** Of a short attack a few single messages decide, which take a few milliseconds: less than this more nobody notices. */
const slowerMs = secondsEach < 60 ? 10 : 0
/** Of the processors of a machine, what the server may use beside its users. */
const maxProcessorShare = 0.75
/** What a guest may store at once and in a day, with its rows, indexes and write-ahead log. */
const maxStoredBytes = 64 * 1024 * 1024

it('hostile guest › at full speed neither slows ten ordinary users nor fills memory or disk (SECURITY-REVIEW 3, 4, 8, 10, 13, 18)', async (t) => {
  const attacked = await startServer(t)
  const control = await startServer(t)
  let guests = 0
  // Each resource has a new guest of a new address, who has all that the limits allow at once.
  const newGuest = async (): Promise<Target> => {
    const cookie = await signIn(attacked.server.port, `Mallory ${++guests}`)
    return { port: attacked.server.port, cookie, localAddress: `127.0.1.${guests}` }
  }
  const memory = watchMemory(attacked.server, t)
  const talk = async (ms: number): Promise<Pair> => {
    const [ofAttacked, ofControl] = await Promise.all([attacked.users.talk(ms), control.users.talk(ms)])
    return { attacked: ofAttacked, control: ofControl }
  }
  await talk(2_000)
  // As their browsers do.
  for (const { server, cookies } of [attacked, control])
    for (const cookie of cookies) await fetch(`http://127.0.0.1:${server.port}/rooms/kitchen`, { headers: { cookie } })

  const rowOf = async (resource: string): Promise<Row> => {
    memory.max = 0
    const [bytes, cpu] = [bytesIn(attacked.dataDir), attacked.server.usage().cpuSeconds]
    const begun = performance.now()
    const measured = await measure(resource, await newGuest(), talk)
    const seconds = (performance.now() - begun) / 1_000
    return {
      resource,
      ...measured,
      stored: bytesIn(attacked.dataDir) - bytes,
      cpu: (attacked.server.usage().cpuSeconds - cpu) / seconds,
      memory: memory.max,
    }
  }
  const measurements: Row[][] = []
  for (const resource of resources) {
    const of = [await rowOf(resource)]
    // A moment in which the machine did something else decides about one of them: two more are asked.
    if (of.some(isSlow)) of.push(await rowOf(resource), await rowOf(resource))
    measurements.push(of)
  }
  const rows = measurements.flat()
  const table = rows.map(rowText).join('\n')
  console.log(table)

  for (const { tally, resource } of rows) expect(tally.tried, `${resource} was attacked`).toBeGreaterThan(20)
  expect([...attacked.users.refused, ...control.users.refused]).toEqual([])
  expect([...attacked.server.unasked, ...control.server.unasked]).toEqual([])
  const slow = measurements.filter((of) => of.filter(isSlow).length > 1)
  expect(slow.flat().map(rowText), table).toEqual([])
  // The control runs on the same machine: what the attack takes from both would not show in their ratio.
  expect(rows.filter(({ cpu }) => cpu > availableParallelism() * maxProcessorShare).map(rowText), table).toEqual([])
  expect(rows.filter(({ memory }) => memory >= maxResidentBytes).map(rowText), table).toEqual([])
  expect(rows.filter(({ stored }) => stored >= maxStoredBytes).map(rowText), table).toEqual([])
})

/** Times to `sent`, of the same moments. */
interface Pair {
  attacked: Latencies
  control: Latencies
}

interface Row extends Measured {
  resource: string
  /** Bytes by which the data folder grew. */
  stored: number
  /** Processors that the attacked server used. */
  cpu: number
  /** Resident bytes of the attacked server, at most. */
  memory: number
}

interface Measured {
  quiet: Pair
  hostile: Pair
  tally: Tally
}

async function startServer(t: Cleanup) {
  const dataDir = temporaryFolder(t)
  await fillRooms(dataDir)
  const program = process.env.HOSTILE_NODE?.split(' ') ?? []
  const server = await ServerProcess.start({
    dataDir,
    program: [...program, join(import.meta.dirname, '../../src/server/main.ts')],
    environment: { RATE_LIMITS: 'on', LOG_LEVEL: 'fatal' },
  })
  t.onTestFinished(async () => {
    if (program.length) await server.kill('SIGTERM')
    await server[Symbol.asyncDispose]()
  })
  const cookies = await Promise.all(names.map((name) => signIn(server.port, name)))
  const users = await OrdinaryUsers.join(server.port, cookies)
  t.onTestFinished(() => users.close())
  return { dataDir, server, users, cookies }
}

async function measure(resource: string, guest: Target, talk: (ms: number) => Promise<Pair>): Promise<Measured> {
  const quiet = await talk(quietMs)
  await using attacker = new Attacker(resource, guest)
  await attacker.begun
  const hostile = await talk(secondsEach * 1_000)
  const tally = await attacker.stop()
  // What the server has yet to work off is a part of the attack.
  const after = await talk(afterMs)
  hostile.attacked.addAll(after.attacked)
  hostile.control.addAll(after.control)
  return { quiet, hostile, tally }
}

function isSlow(row: Row): boolean {
  const { attacked, control } = row.hostile
  const slower = attacked.percentile(percentile) - control.percentile(percentile)
  return timesControl(row) >= maxTimesQuiet && slower >= slowerMs
}

/** The percentile of the attacked server and of the control. */
function timesControl({ hostile }: Measured): number {
  return hostile.attacked.percentile(percentile) / hostile.control.percentile(percentile)
}

class Attacker implements AsyncDisposable {
  /** Resolves when its process runs. */
  readonly begun: Promise<unknown>
  readonly #child
  readonly #exit: Promise<unknown>

  constructor(resource: string, target: Target) {
    const program = join(import.meta.dirname, 'hostile-guest/attacker.ts')
    // Only what no other process wants of the processors: a guest attacks from a machine of their own.
    this.#child = spawn('chrt', ['--idle', '0', process.execPath, program, resource, JSON.stringify(target)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.begun = once(this.#child, 'message')
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

function watchMemory(server: ServerProcess, t: Cleanup): { max: number } {
  const memory = { max: 0 }
  const timer = setInterval(() => {
    if (server.isRunning) memory.max = Math.max(memory.max, server.usage().residentBytes)
  }, 100)
  t.onTestFinished(() => clearInterval(timer))
  return memory
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
}

function rowText(row: Row): string {
  const { resource, quiet, hostile, tally, stored, cpu, memory } = row
  const at = ({ attacked, control }: Pair) =>
    `${attacked.percentile(percentile).toFixed(1)} ms (control ${control.percentile(percentile).toFixed(1)} ms)`
  const times = `p${Math.round(percentile * 100)} ${at(hostile)} hostile, ${at(quiet)} quiet: ${timesControl(row).toFixed(2)} × the control`
  const counts = `${tally.tried} tried, ${tally.refused} refused, ${megabytes(stored)} MB stored`
  return `${resource}: ${times}; ${counts}; ${cpu.toFixed(2)} processors, ${megabytes(memory)} MB`
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1)
}
