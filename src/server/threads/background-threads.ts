/** Threads for long computations, at a lower priority than what users wait for. They end when there is nothing to compute. */
import { readlinkSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { type ResourceLimits, Worker } from 'node:worker_threads'

/** A thread that has nothing to do holds memory for nothing. */
const idleMs = 1_000

interface Thread {
  worker: Worker
  ending: NodeJS.Timeout | undefined
}

interface ThreadOptions {
  name: string
  resourceLimits?: ResourceLimits
}

/**
 * @param file runs in each thread, and answers each message with one
 * @returns what asks a thread. It starts as many threads as there are calls at once: the caller bounds them.
 */
export function backgroundThreads<Question, Answer>(
  file: URL,
  options: ThreadOptions,
): (question: Question) => Promise<Answer> {
  const idle: Thread[] = []

  return async (question) => {
    const thread = idle.pop() ?? start()
    clearTimeout(thread.ending)
    const answer = await ask<Question, Answer>(thread.worker, question, options.name)
    rest(thread)
    return answer
  }

  function start(): Thread {
    const worker = new Worker(file, options)
    // One that ends by a fault is not used again.
    worker.on('exit', () => {
      const at = idle.findIndex((thread) => thread.worker === worker)
      if (at !== -1) idle.splice(at, 1)
    })
    return { worker, ending: undefined }
  }

  function rest(thread: Thread): void {
    // The process may end meanwhile.
    thread.worker.unref()
    thread.ending = setTimeout(() => {
      idle.splice(idle.indexOf(thread), 1)
      void thread.worker.terminate()
    }, idleMs).unref()
    idle.push(thread)
  }
}

function ask<Question, Answer>(worker: Worker, question: Question, name: string): Promise<Answer> {
  worker.ref()
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error(`The thread ${name} has ended.`))
    worker.once('error', reject).once('exit', onExit)
    worker.once('message', (answer: Answer) => {
      worker.off('error', reject).off('exit', onExit)
      resolve(answer)
    })
    worker.postMessage(question)
  })
}

/**
 * Called by the thread itself. On Linux a thread has a priority of its own, by its number. Elsewhere that number is not known, and it has that
 * of all others. The lowest priority would be too low: on a machine that other programs keep busy, nobody could sign in.
 */
export function lowerPriority(): void {
  try {
    const [, thread] = /(\d+)$/.exec(readlinkSync('/proc/thread-self')) ?? []
    if (thread) setPriority(Number(thread), constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // No Linux, or no /proc: it is slower for others, and nothing else.
  }
}
