/**
 * In place of src/server/store/sqlite/threads.ts for the servers in the process of a test: the store without threads, since the
 * start of the two takes longer than most tests. Servers that a test starts as processes have theirs.
 */
import { EventEmitter } from 'node:events'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { serveReads } from '../../../src/server/store/sqlite/reader.ts'
import { serveWrites } from '../../../src/server/store/sqlite/writer.ts'

const sqlite = new URL('../../../src/server/store/sqlite/', import.meta.url)
let hasThreads = false

/** For tests of what the threads are for: `beforeAll(useThreads)`. */
export function useThreads(): () => void {
  hasThreads = true
  return () => {
    hasThreads = false
  }
}

export function startWriter(path: string): Worker | NoThread {
  return hasThreads ? startThread('writer', path) : new NoThread(serveWrites, path)
}

export function startReader(path: string): Worker | NoThread {
  return hasThreads ? startThread('reader', path) : new NoThread(serveReads, path)
}

function startThread(name: string, path: string): Worker {
  return new Worker(new URL(`${name}-thread.ts`, sqlite), { workerData: path, name })
}

/** What the store uses of a Worker. */
class NoThread extends EventEmitter {
  readonly #port: MessagePort

  constructor(serve: (port: MessagePort, path: string) => void, path: string) {
    super()
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.on('message', (message) => this.emit('message', message))
    port1.on('close', () => this.emit('exit', 0))
    try {
      serve(port2, path)
    } catch (error) {
      queueMicrotask(() => this.emit('error', error))
    }
  }

  /** The message arrives as a copy, later, as in a thread. */
  postMessage(message: unknown): void {
    // The table of look-alikes, which this process has.
    if (!(message instanceof Map)) this.#port.postMessage(message)
  }
}
