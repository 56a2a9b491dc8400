/**
 * Writes lines to standard output or standard error. It never waits, never throws, and holds a bounded amount: a full disk
 * or a reader that has stopped costs lines, which are counted, and never the server.
 */
import { fstatSync, write as writeFile } from 'node:fs'

/** Lines that wait for a slow reader; what comes beyond them is dropped. */
const maxWaitingBytes = 1024 * 1024
const retryMs = 100

/** Writes all of it, or says how many bytes were written before the error. */
type Sink = (bytes: Buffer, done: (error: Error | null | undefined, written: number) => void) => void

export interface Lines {
  /** How many lines could not be written since the start. */
  readonly dropped: number
  /** @param line with its line end */
  write(line: string): void
  /** Resolves when all lines so far are written or dropped, or after `maxMs`. */
  flush(maxMs: number): Promise<void>
}

export class LineWriter implements Lines {
  readonly #sink: Sink
  readonly #report: ((dropped: number) => string) | undefined
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #isWriting = false
  /** Whether the last thing written is a part of a line. */
  #isTorn = false
  #dropped = 0
  #reported = 0
  #idle: (() => void)[] = []

  /** @param report makes the line that is written when writing works again */
  constructor(sink: Sink, report?: (dropped: number) => string) {
    this.#sink = sink
    this.#report = report
  }

  get dropped(): number {
    return this.#dropped
  }

  write(line: string): void {
    const bytes = Buffer.from(line)
    if (this.#waitingBytes + bytes.length > maxWaitingBytes) {
      this.#dropped++
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (!this.#isWriting) this.#writeWaiting()
  }

  async flush(maxMs: number): Promise<void> {
    if (!this.#isWriting) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, maxMs)
      this.#idle.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** One write at a time: of a file each holds a thread of the pool, and a disk may take forever. */
  #writeWaiting(): void {
    const dropped = this.#dropped
    const report = this.#report && dropped > this.#reported ? this.#report(dropped - this.#reported) : ''
    const head = Buffer.from((this.#isTorn ? '\n' : '') + report)
    const bytes = Buffer.concat([head, ...this.#waiting])
    if (!report && !this.#waiting.length) return this.#rest()
    this.#isWriting = true
    this.#waiting = []
    this.#waitingBytes = 0
    this.#sink(bytes, (error, written) => {
      if (written) this.#isTorn = bytes[written - 1] !== newline
      if (report && written >= head.length) this.#reported = dropped
      if (error) this.#dropped += countLines(bytes.subarray(Math.max(written, head.length)))
      // After a failure nothing is written until there is another line: a disk may be full for days.
      if (error && !this.#waiting.length) this.#rest()
      else this.#writeWaiting()
    })
  }

  #rest(): void {
    this.#isWriting = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }
}

/** A writer for standard output (1) or standard error (2). */
export function lineWriter(fd: 1 | 2, report?: (dropped: number) => string): Lines {
  const stat = fstatSync(fd)
  return new LineWriter(stat.isFIFO() || stat.isSocket() ? streamSink(fd) : fileSink(fd), report)
}

/**
 * Pipes and sockets, which Node makes non-blocking: a write that waits for the reader holds no thread, and the process can end.
 * The stream of the process, since any other would close the descriptor at an error, and the database might get its number.
 */
function streamSink(fd: 1 | 2): Sink {
  const stream = fd === 1 ? process.stdout : process.stderr
  if (!stream.listeners('error').includes(survive)) stream.on('error', survive)
  return (bytes, done) => stream.write(bytes, (error) => done(error, error ? 0 : bytes.length))
}

/** The reader has gone (EPIPE). Each write hears of it too. A stream has this listener once, however many write to it. */
function survive(): void {}

/** Files, devices and terminals, in a thread of the pool: the stream of the process would write them synchronously. */
function fileSink(fd: number): Sink {
  return (bytes, done) => {
    const writeFrom = (offset: number) => {
      writeFile(fd, bytes, offset, bytes.length - offset, null, (error, written) => {
        if (error?.code === 'EAGAIN') return void setTimeout(writeFrom, retryMs, offset).unref()
        if (error) return done(error, offset)
        if (offset + written >= bytes.length) return done(null, bytes.length)
        if (written === 0) return done(new Error('Nothing was written.'), offset)
        writeFrom(offset + written)
      })
    }
    writeFrom(0)
  }
}

const newline = 0x0a

function countLines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count++
  return count
}
