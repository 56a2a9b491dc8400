/** A full disk: a small tmpfs. A disk that fails: an LD_PRELOAD shim whose fsync returns EIO while a file exists. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atExit } from '../cleanup.ts'
import { type Fault, notRun, type Result } from '../result.ts'
import { after, becomes, Scene } from '../scene.ts'
import type { ServerProcess } from '../server.ts'

const times = { firstRetryMs: 100, maxRetryMs: 500, stableMs: 500, busyMs: 100 }
const people = { senders: 10, viewers: 10, times }

/** As a service manager would: a server that ended is started again, until it stays. */
async function restartIfEnded(server: ServerProcess): Promise<boolean> {
  if (server.isRunning) return false
  await server.start()
  return true
}

async function full(rounds: number): Promise<Result> {
  const fault = 'disk full'
  const dataDir = mkdtempSync(join(tmpdir(), 'teahouse-disk-'))
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'proof', dataDir], { encoding: 'utf8' })
  if (mount.status !== 0) {
    rmSync(dataDir, { recursive: true })
    return notRun(fault, `a small tmpfs cannot be mounted: ${mount.error?.message ?? mount.stderr.trim()}`)
  }
  const cleanUp = atExit(() => {
    spawnSync('umount', ['-l', dataDir])
    rmSync(dataDir, { recursive: true, force: true })
  })
  try {
    return await fillAndFree(fault, dataDir, rounds)
  } finally {
    cleanUp()
  }
}

async function fillAndFree(fault: string, dataDir: string, rounds: number): Promise<Result> {
  await using scene = await Scene.open({ ...people, server: { dataDir, environment: { MIN_FREE_BYTES: '0' } } })
  const failures: string[] = []
  let restarts = 0
  const ballast = join(dataDir, 'ballast')
  scene.talk(200)
  for (let round = 1; round <= rounds; round++) {
    await after(300)
    fill(ballast)
    // Full when nothing is acknowledged any more.
    const isFull = await becomesQuiet(scene, 10_000)
    if (!isFull) failures.push(`round ${round}: the disk did not become full`)
    rmSync(ballast)
    if (await restartIfEnded(scene.server)) restarts++
    const isBack = await scene.acknowledges(1, 15_000)
    if (!isBack) failures.push(`round ${round}: nothing was acknowledged for 15 s after there was room again`)
  }
  if (!(await scene.rest())) failures.push('not everyone was level 30 s after there was room again')
  const report = await scene.verdict()
  const notes = [
    `tmpfs of 32 MB, filled to the last byte; the server ended ${scene.server.unasked.length} times by itself, ${restarts} restarts`,
    ...scene.server.unasked.slice(0, 3),
  ]
  return { fault, count: rounds, unit: 'times', report, failures, notes }
}

/** A file as large as there is room; the server has what it holds already. */
function fill(path: string): void {
  for (let bytes = 4 * 1024 * 1024; bytes >= 4096; ) {
    const part = spawnSync('sh', ['-c', `head -c ${bytes} /dev/zero >> '${path}'`])
    if (part.status !== 0) bytes /= 2
  }
}

/** Nothing was acknowledged for half a second, although clients write. */
async function becomesQuiet(scene: Scene, limitMs: number): Promise<boolean> {
  let last = scene.acknowledged
  let since = performance.now()
  return await becomes(() => {
    const now = scene.acknowledged
    if (now !== last) since = performance.now()
    last = now
    return performance.now() - since > 500
  }, limitMs)
}

const shim = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int fails(void) { const char *file = getenv("PROOF_EIO_FILE"); return file && access(file, F_OK) == 0; }
static int pass(const char *name, int fd) {
  if (fails()) { errno = EIO; return -1; }
  return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}
int fsync(int fd) { return pass("fsync", fd); }
int fdatasync(int fd) { return pass("fdatasync", fd); }
`

async function failing(rounds: number): Promise<Result> {
  const fault = 'fsync fails (EIO)'
  const folder = mkdtempSync(join(tmpdir(), 'teahouse-eio-'))
  const cleanUp = atExit(() => rmSync(folder, { recursive: true, force: true }))
  try {
    writeFileSync(join(folder, 'shim.c'), shim)
    const library = join(folder, 'shim.so')
    const cc = spawnSync('cc', ['-shared', '-fPIC', '-o', library, join(folder, 'shim.c'), '-ldl'], {
      encoding: 'utf8',
    })
    if (cc.status !== 0) return notRun(fault, `the shim cannot be compiled: ${cc.error?.message ?? cc.stderr.trim()}`)
    return await failAndRecover(fault, folder, library, rounds)
  } finally {
    cleanUp()
  }
}

async function failAndRecover(fault: string, folder: string, library: string, rounds: number): Promise<Result> {
  const trigger = join(folder, 'now')
  const dataDir = join(folder, 'data')
  mkdirSync(dataDir)
  await using scene = await Scene.open({
    ...people,
    server: { dataDir, environment: { LD_PRELOAD: library, PROOF_EIO_FILE: trigger } },
  })
  const failures: string[] = []
  scene.talk(200)
  for (let round = 1; round <= rounds; round++) {
    await after(300)
    writeFileSync(trigger, '')
    const hasEnded = await becomes(() => !scene.server.isRunning, 15_000)
    if (!hasEnded) failures.push(`round ${round}: the server goes on after a failed fsync`)
    rmSync(trigger)
    await restartIfEnded(scene.server)
    if (!(await scene.acknowledges(1, 15_000))) failures.push(`round ${round}: it did not recover`)
  }
  if (!(await scene.rest())) failures.push('not everyone was level 30 s after the disk worked again')
  const report = await scene.verdict()
  const notes = [`LD_PRELOAD shim; the server ${scene.server.unasked.slice(0, 3).join(', ')}, as it must`]
  return { fault, count: rounds, unit: 'times', report, failures, notes }
}

export default {
  short: async () => [await full(1), await failing(2)],
  long: async () => [await full(20), await failing(50)],
} satisfies Fault
