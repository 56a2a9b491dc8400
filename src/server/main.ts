/** The program: settings, signals and the exit code. */
import type { Teahouse } from './compose.ts'
import { readConfig } from './config.ts'
import { loadDotEnv } from './dot-env.ts'
import { lineWriter } from './line-writer.ts'
import { createLog, type Log } from './log.ts'

/** Longer than a shutdown should take, shorter than service managers wait. */
const maxShutdownMs = 10_000
/** A second signal within this time is the first one again: under npm one Ctrl-C arrives from the terminal and from npm. */
const sameSignalMs = 1000
/** For the last lines, when nobody reads them. */
const maxFlushMs = 500

async function run(): Promise<void> {
  // The data belong to this user alone, whatever their shell would let others read.
  process.umask(0o077)
  const output = lineWriter(1)
  loadDotEnv(process.env)
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  let teahouse: Teahouse | undefined
  let stoppedAt: number | undefined
  const stop = async (code: number, reason: string) => {
    if (stoppedAt !== undefined) {
      if (performance.now() - stoppedAt < sameSignalMs) return
      // Asked again, it does not wait.
      process.exit(1)
    }
    stoppedAt = performance.now()
    log.event('stopping', { reason })
    setTimeout(() => process.exit(1), maxShutdownMs).unref()
    await teahouse?.close()
    log.event('stopped', { reason })
    await Promise.all([log, output].map((lines) => lines.flush(maxFlushMs)))
    process.exit(code)
  }
  stopOnFault(log, stop)
  // Only now: bad settings are refused without loading everything.
  const { start } = await import('./compose.ts')
  teahouse = await start(config, log)
  process.on('SIGTERM', () => stop(0, 'SIGTERM'))
  process.on('SIGINT', () => stop(0, 'SIGINT'))
  // Only now: a script that waits for this line may send a signal at once.
  output.write(`listening on ${teahouse.url}\n`)
  if (teahouse.ownerLink) output.write(`become the owner of this teahouse: ${teahouse.ownerLink}\n`)
  const reason = await teahouse.failed
  console.error(`Nothing can be stored any more: ${reason.message}`)
  await stop(1, 'storage-failed')
}

/** After an error that nobody caught the state of the program is unknown: it is logged, and the program ends. */
function stopOnFault(log: Log, stop: (code: number, reason: string) => Promise<void>): void {
  const onFault = (err: unknown) => {
    log.event('unhandled-error', { err })
    // A second one during the shutdown must not cut it short.
    process.removeListener('uncaughtException', onFault).on('uncaughtException', () => process.exit(1))
    void stop(1, 'unhandled-error')
  }
  // A rejection that nobody handles is thrown as one by Node.
  process.on('uncaughtException', onFault)
  // Node would write it to standard error itself, and wait for that.
  process.removeAllListeners('warning').on('warning', (err) => log.event('warning', { err }))
}

run().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
