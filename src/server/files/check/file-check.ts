/** Each file is checked when all of it is here, and before it can be sent. */
import { stat } from 'node:fs/promises'
import { minuteMs } from '../../../shared/durations.ts'
import { ChatError } from '../../../shared/protocol/errors.ts'
import type { Log } from '../../log.ts'
import { createTurns, TooBusy, type TurnLimits } from '../../rate-limit/fair-queue.ts'
import { scanWithClamd } from './clamd.ts'
import { scanWithCommand } from './command.ts'
import { type FileCheck, type Scan, ScannerFault } from './scanner.ts'

interface CheckedFile {
  id: string
  userId: number
  /** For whom, by `callerOf`. */
  by: string
}

/** @throws ChatError `file-refused`, `too-large`: nothing of the file is to stay; `unavailable` when nothing is known of it */
export type CheckFile = (path: string, file: CheckedFile) => Promise<void>

export interface CheckLimits extends TurnLimits {
  checkMs: number
}

/** Users take turns, as with images: a user who sends many files, or some that take long, waits for their own files only. */
const turns = { maxAtOnce: 2, maxEach: 1, maxWaiting: 200, workMs: 2_000, maxWaitMs: 20_000 }
/** Maximum time for one file. A virus scanner takes ten seconds for an archive of 100 MB. */
const maxCheckMs = 60_000
const retryMs = 30_000
/** A file that took too long is not checked again for so long, however often its client asks. */
const restMs = minuteMs
const maxResting = 1_000

interface Checks {
  check: CheckFile
  /** Ends those that go on: their files are checked again when they are asked for. */
  stop(): void
}

export function createFileCheck(how: FileCheck, log: Pick<Log, 'event'>, limits: Partial<CheckLimits> = {}): Checks {
  const scan = how.type === 'command' ? scanWithCommand(how.words) : scanWithClamd(how.address)
  const { checkMs, ...turnLimits } = { ...turns, checkMs: maxCheckMs, ...limits }
  const inTurn = createTurns(turnLimits)
  /** When files that took too long may be checked again, by their ids. */
  const resting = new Map<string, number>()
  const stopping = new AbortController()
  async function check(path: string, { id, userId: user, by }: CheckedFile): Promise<void> {
    const waitMs = (resting.get(id) ?? 0) - performance.now()
    if (waitMs > 0) throw tookTooLong(waitMs)
    resting.delete(id)
    const verdict = await inTurn(by, () => scanFor(checkMs, scan, path, stopping.signal)).catch((error) => {
      if (error instanceof TookTooLong) resting.set(id, performance.now() + restMs)
      if (resting.size > maxResting) resting.clear()
      throw refusalOf(error, (reason) => log.event('file-check-failed', { reason, user, file: id, err: error }))
    })
    if (verdict.type === 'clean') return
    if (verdict.type === 'too-large') {
      const { size } = await stat(path)
      throw new ChatError('too-large', `The scanner of this server takes no file of ${size} bytes.`)
    }
    log.event('file-refused', { user, file: id, finding: verdict.finding })
    throw new ChatError('file-refused', 'The scanner of this server refused the file.')
  }
  return { check, stop: () => stopping.abort() }
}

class TookTooLong extends Error {}

async function scanFor(ms: number, scan: Scan, path: string, stopping: AbortSignal) {
  const patience = AbortSignal.timeout(ms)
  try {
    return await scan(path, AbortSignal.any([patience, stopping]))
  } catch (error) {
    throw patience.aborted ? new TookTooLong(`There was no verdict after ${ms} ms.`, { cause: error }) : error
  }
}

function tookTooLong(retryAfterMs: number): ChatError {
  return new ChatError('unavailable', 'The check of the file took too long. Try again later.', retryAfterMs)
}

function refusalOf(error: unknown, log: (reason: string) => void): unknown {
  if (error instanceof TooBusy)
    return new ChatError('unavailable', 'Too many files are being checked. Try again later.', error.retryAfterMs)
  if (error instanceof TookTooLong) {
    log('timeout')
    return tookTooLong(restMs)
  }
  if (!(error instanceof ScannerFault)) return error
  log('no-verdict')
  return new ChatError('unavailable', 'Files cannot be checked at the moment. Try again later.', retryMs)
}
