/** Indexes the messages of the time before there was a search, in the background. */
import { setTimeout } from 'node:timers/promises'
import type { Store } from './store/store.ts'

/** The rest of the time is for others: a piece waits for them, too, and then the pause is longer. */
const pauseFactor = 4
const minPauseMs = 5

/** Resolves at the end, or once it is stopped; the next start goes on. */
export async function indexOlder({ search }: Pick<Store, 'search'>, stop: AbortSignal): Promise<void> {
  let { left } = await search.progress()
  while (left > 0 && !stop.aborted) {
    const began = performance.now()
    left = (await search.indexOlder()).left
    const pauseMs = Math.max(minPauseMs, pauseFactor * (performance.now() - began))
    // Stopped.
    await setTimeout(pauseMs, undefined, { signal: stop, ref: false }).catch(() => {})
  }
}
