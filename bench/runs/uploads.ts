import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Benchmark, Figures } from '../benchmark.ts'
import { gather, signIn } from '../load/crowd.ts'
import { Latencies } from '../load/latencies.ts'
import { PacedRoom } from '../load/paced.ts'
import { withServer } from '../load/with-server.ts'
import type { ServerProcess } from '../server-process.ts'
import { type Target, targets } from '../targets.ts'

const largeBytes = 2_000_000_000
const uploaders = 10
/** As many as a file may have unless the operator says otherwise. */
const fileBytes = 100_000_000
const members = 100
const perSecond = 20
const turns = 6
const warmUpMs = 1_000
const measuredMs = 5_000
/** A server that has just started has much of its own to load. */
const settleMs = 3_000

const uploader = join(import.meta.dirname, '../load/uploader.ts')

export const uploads: Benchmark = {
  name: 'uploads',
  about: `A file of ${largeBytes / 1e9} GB, by tus and as a form, each to a new server: how much its largest resident memory is above that before. Then one room of ${members} members and ${perSecond} messages a second, in turn alone and while ${uploaders} users upload files of ${fileBytes / 1e6} MB one after another, as fast as the server takes them.`,
  targets: [withLargeFiles(targets.teahouse)],
  rounds: 2,
  figures: [
    { key: 'tus', label: 'memory of an upload by tus, MB', decimals: 1 },
    { key: 'form', label: 'memory of a form, MB', decimals: 1 },
    { key: 'p50Quiet', label: 'p50 alone, ms', decimals: 1 },
    { key: 'p50', label: 'p50 with uploads, ms', decimals: 1 },
    { key: 'p99Quiet', label: 'p99 alone, ms', decimals: 1 },
    { key: 'p99', label: 'p99 with uploads, ms', decimals: 1 },
    { key: 'ratio', label: 'p99 with uploads to p99 alone', decimals: 2 },
    { key: 'taken', label: 'taken in, MB a second', decimals: 0 },
  ],
  goals: [
    { figure: 'tus', atMost: 40 },
    { figure: 'form', atMost: 40 },
    { figure: 'ratio', atMost: 1.5 },
  ],
  run: async (target) => ({
    tus: await withServer(target, (server) => memoryOf(target, server, 'tus')),
    form: await withServer(target, (server) => memoryOf(target, server, 'form')),
    ...(await withServer(target, (server) => latencies(target, server))),
  }),
}

function withLargeFiles(target: Target): Target {
  const environment = { MAX_FILE_BYTES: String(2 * largeBytes), FILE_BYTES_PER_DAY: String(1e15), MIN_FREE_BYTES: '0' }
  return { ...target, server: { ...target.server, environment } }
}

/** In MB. */
async function memoryOf(target: Target, server: ServerProcess, kind: 'tus' | 'form'): Promise<number> {
  const [cookie = ''] = await signIn(target, server.port, 1)
  await sleep(settleMs)
  // From now on the largest is that of the upload.
  writeFileSync(`/proc/${server.pid}/clear_refs`, '5')
  const before = largestResidentBytes(server)
  await upload(server, kind, largeBytes, 0, [cookie])
  return (largestResidentBytes(server) - before) / 1e6
}

/** The two take turns: what else the machine does disturbs both. */
async function latencies(target: Target, server: ServerProcess): Promise<Figures> {
  const cookies = await signIn(target, server.port, members)
  const sockets = await gather({ target, server, cookies, count: members, roomsOf: () => ['lobby'] })
  const room = new PacedRoom(target.dialect, 'lobby')
  for (const socket of sockets) room.listen(socket)
  const quiet = new Latencies()
  const busy = new Latencies()
  let taken = 0
  let uploadMs = 0
  for (let turn = 0; turn < turns; turn++) {
    await measure(quiet)
    const began = performance.now()
    const uploading = upload(server, 'tus', fileBytes, (warmUpMs + measuredMs) / 1_000, cookies.slice(0, uploaders))
    await measure(busy)
    taken += await uploading
    uploadMs += performance.now() - began
  }
  return {
    p50Quiet: quiet.percentile(0.5),
    p50: busy.percentile(0.5),
    p99Quiet: quiet.percentile(0.99),
    p99: busy.percentile(0.99),
    ratio: busy.percentile(0.99) / quiet.percentile(0.99),
    taken: taken / 1e3 / uploadMs,
  }

  async function measure(latencies: Latencies): Promise<void> {
    await room.send(sockets, perSecond, warmUpMs)
    await room.complete()
    room.latencies.clear()
    await room.send(sockets, perSecond, measuredMs)
    await room.complete()
    latencies.addAll(room.latencies)
  }
}

/** @returns how many bytes were taken in */
async function upload(
  { port }: ServerProcess,
  kind: 'tus' | 'form',
  bytes: number,
  seconds: number,
  cookies: string[],
): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    uploader,
    ...[port, kind, bytes, seconds].map(String),
    ...cookies,
  ])
  return Number(stdout)
}

function largestResidentBytes({ pid }: ServerProcess): number {
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
