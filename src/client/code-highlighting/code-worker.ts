import { trustedUrl } from '../ui/trusted-url.ts'
import workerUrl from './highlight-worker.ts?worker&url'

/** @returns undefined where the browser has no workers, or its settings forbid them */
export function openCodeWorker(): Worker | undefined {
  try {
    return new Worker(trustedUrl(workerUrl), { type: 'module', name: 'highlight' })
  } catch {
    return undefined
  }
}
