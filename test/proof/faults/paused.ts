/** Some of many clients stop reading for minutes: the server's memory, the others' delays, and everyone level in the end. */
import { Delays, inWords } from '../delays.ts'
import { type Fault, inDigits, type Result } from '../result.ts'
import { after, Scene } from '../scene.ts'
import type { ServerProcess } from '../server.ts'

const megabyte = 1024 * 1024
/** What all paused ones together may cost, and each of them besides. */
const maxGrowthBytes = 64 * megabyte
const maxGrowthEachBytes = 256 * 1024

interface Size {
  clients: number
  paused: number
  perSecond: number
  characters: number
  seconds: number
}

async function paused({ clients, paused, perSecond, characters, seconds }: Size): Promise<Result> {
  const senders = 20
  await using scene = await Scene.open({
    senders,
    viewers: clients - senders,
    // The paused ones are the last ones.
    isTimed: ({ number }) => number < clients - paused,
  })
  const stuck = scene.viewers.slice(-paused)
  scene.talk(perSecond, characters)
  // Warm first: a young process grows by itself.
  await after((seconds / 3) * 1_000)
  const before = await delaysWithin(scene, seconds / 3)
  const memory = new Memory(scene.server)
  for (const { line } of stuck) line.pause()
  const meanwhile = await delaysWithin(scene, seconds)
  memory.end()
  scene.hush()
  const behind = Math.max(...stuck.map(({ last }) => scene.head - (last ?? 0)))
  for (const { line } of stuck) line.resume()
  const resumed = performance.now()
  const failures: string[] = []
  if (!(await scene.rest(120_000))) failures.push('not everyone was level 120 s after the pause')
  const levelMs = performance.now() - resumed
  if (memory.growth > maxGrowthBytes + paused * maxGrowthEachBytes) failures.push(`the server grew by ${memory}`)
  failures.push(...scene.server.unasked.map((how) => `the server ${how}`))
  const lines = stuck.reduce((sum, { line }) => sum + line.opened - 1, 0)
  const report = await scene.verdict()
  const notes = [
    `${inDigits(paused)} of ${inDigits(clients)} did not read for ${seconds} s at ${perSecond} messages of ${characters} characters a second`,
    `the server: ${memory}; if it had queued: ${inDigits(Math.round((paused * seconds * perSecond * characters) / megabyte))} MB`,
    `the others' delays before: ${before}`,
    `and meanwhile: ${meanwhile}`,
    `up to ${inDigits(behind)} entries behind, level ${inWords(levelMs)} after the pause, ${lines} lines were opened anew`,
    `${inDigits(report.shows)} deliveries`,
  ]
  return { fault: 'paused readers', count: paused, unit: 'readers', report, failures, notes }
}

async function delaysWithin(scene: Scene, seconds: number): Promise<Delays> {
  const delays = new Delays()
  scene.delays = delays
  await after(seconds * 1_000)
  scene.delays = new Delays()
  return delays
}

/** The server's resident memory from now on. */
class Memory {
  readonly #first: number
  #maxBytes: number
  readonly #timer: NodeJS.Timeout
  readonly #cpuAtFirst: number
  readonly #begun = performance.now()
  #cpuShare = 0

  constructor(server: ServerProcess) {
    const { residentBytes, cpuSeconds } = server.usage()
    this.#first = this.#maxBytes = residentBytes
    this.#cpuAtFirst = cpuSeconds
    this.#timer = setInterval(() => this.#look(server), 250)
  }

  get growth(): number {
    return this.#maxBytes - this.#first
  }

  end(): void {
    clearInterval(this.#timer)
  }

  toString(): string {
    const inMegabytes = (bytes: number) => `${Math.round(bytes / megabyte)} MB`
    return `${inMegabytes(this.#first)} before, ${inMegabytes(this.#maxBytes)} at most, ${Math.round(this.#cpuShare * 100)} % of a processor`
  }

  #look(server: ServerProcess): void {
    if (!server.isRunning) return this.end()
    const { residentBytes, cpuSeconds } = server.usage()
    this.#maxBytes = Math.max(this.#maxBytes, residentBytes)
    this.#cpuShare = ((cpuSeconds - this.#cpuAtFirst) * 1_000) / (performance.now() - this.#begun)
  }
}

export default {
  short: async () => [await paused({ clients: 200, paused: 50, perSecond: 100, characters: 3_900, seconds: 4 })],
  long: async () => [await paused({ clients: 1_000, paused: 100, perSecond: 200, characters: 1_000, seconds: 180 })],
} satisfies Fault
