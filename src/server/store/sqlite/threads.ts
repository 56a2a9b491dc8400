import { Worker } from 'node:worker_threads'

/** Starts the thread that writes to the database at the path. */
export function startWriter(path: string): Worker {
  return new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: path, name: 'writer' })
}

/** Starts the thread that reads from the database at the path. */
export function startReader(path: string): Worker {
  return new Worker(new URL('./reader-thread.ts', import.meta.url), { workerData: path, name: 'reader' })
}
