/** Takes the body of a request, as it comes, to the disk. */
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { ChatError } from '../../shared/protocol/errors.ts'
import { syncedBytes, type UploadCosts } from './upload-costs.ts'
import { diskFull, interrupted, isOfFullDisk, UploadFault } from './upload-faults.ts'

/** A body that comes more slowly holds a connection for too long. Its client can go on with the rest later. */
export const pace = { bytes: 16 * 1024, everyMs: 30_000 }

interface Receiving {
  /** Where in the file it begins. */
  offset: number
  /** Maximum number of bytes to take. */
  maxBytes: number
  /** Told of each part that is on the disk. */
  received?: (part: Buffer) => void
  /** Aborted when nobody waits for the rest any more. */
  signal: AbortSignal
  costs: UploadCosts
  /** The user, by `callerOf`. */
  by: string
}

/**
 * What has come stays in the file when the rest does not.
 * @returns how many bytes came
 * @throws what ended the body; UploadFault when it was interrupted or too slow; ChatError `too-large`, `unavailable` for a full disk
 */
export async function receive(path: string, body: Readable, receiving: Receiving): Promise<number> {
  const handle = await open(path, receiving.offset === 0 ? 'w' : 'r+')
  try {
    return await write(handle, body, receiving)
  } catch (error) {
    throw isOfFullDisk(error) ? diskFull(error) : error
  } finally {
    await handle.close()
  }
}

async function write(handle: FileHandle, body: Readable, { offset, maxBytes, received, signal, costs, by }: Receiving) {
  let bytes = 0
  let unsyncedBytes = 0
  let isOver = false
  let syncing: Promise<void> | undefined
  const watch = watchPace(body, signal, () => bytes)
  try {
    // The connection is kept for the answer.
    for await (const part of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (bytes + part.length > maxBytes) throw new ChatError('too-large', `At most ${maxBytes} bytes are accepted.`)
      await writeAll(handle, part, offset + bytes)
      bytes += part.length
      received?.(part)
      costs.received(part.length)
      unsyncedBytes += part.length
      if (unsyncedBytes < syncedBytes) continue
      // A client that has left keeps its turn, but costs nothing.
      const sync = async () => {
        if (isOver || hasLeft(body)) return
        syncing = handle.datasync()
        await syncing
      }
      await watch.pausedDuring(() => whileOpen(body, costs.sync(by, sync)))
      unsyncedBytes = 0
    }
    return bytes
  } catch (error) {
    isOver = true
    dropRest(body)
    // What the disk says counts, also when the client has left.
    await syncing
    throw watch.fault ?? (hasBrokenOff(body, error) ? new UploadFault(400, 'The body was not sent to its end.') : error)
  } finally {
    isOver = true
    watch.end()
  }
}

/** What still comes is dropped, but not for long: the next request on the connection waits behind it. */
export function dropRest(body: Readable): void {
  body.resume()
  const timer = setTimeout(() => body.destroy(), pace.everyMs).unref()
  for (const over of ['end', 'close']) body.once(over, () => clearTimeout(timer))
}

/** Waits no longer than until the body is closed. */
async function whileOpen(body: Readable, work: Promise<void>): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const close = () => resolve()
  body.once('close', close)
  await Promise.race([work, closed]).finally(() => body.off('close', close))
}

function hasBrokenOff(body: Readable, error: unknown): boolean {
  const isOfDisk = error instanceof Error && 'syscall' in error && error.syscall === 'write'
  return hasLeft(body) && !isOfDisk
}

/** Whether no more comes, though it has not come to its end. */
function hasLeft(body: Readable): boolean {
  return body.destroyed && !body.readableEnded
}

async function writeAll(handle: FileHandle, part: Buffer, position: number): Promise<void> {
  for (let done = 0; done < part.length; ) {
    done += (await handle.write(part, done, part.length - done, position + done)).bytesWritten
  }
}

/** Destroys a body that comes too slowly, or when the signal is aborted; `fault` then says why. */
export function watchPace(body: Readable, signal: AbortSignal, bytesNow: () => number) {
  const watch = { fault: undefined as UploadFault | undefined, pausedDuring, end }
  let before = 0
  /** Since the last look: the client is not to blame for that time. */
  let hasPaused = false
  let isPaused = false
  const timer = setInterval(() => {
    if (bytesNow() - before < pace.bytes && !hasPaused) stop(new UploadFault(408, 'The upload is too slow.'))
    before = bytesNow()
    hasPaused = isPaused
  }, pace.everyMs)
  const interrupt = () => stop(interrupted())
  signal.addEventListener('abort', interrupt)
  if (signal.aborted) interrupt()
  return watch

  function stop(fault: UploadFault): void {
    watch.fault = fault
    body.destroy()
  }
  async function pausedDuring(work: () => Promise<void>): Promise<void> {
    isPaused = true
    hasPaused = true
    await work()
    isPaused = false
  }
  function end(): void {
    clearInterval(timer)
    signal.removeEventListener('abort', interrupt)
  }
}
