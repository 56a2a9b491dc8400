/** What must not be left behind: processes, mounts, folders. Taken away in time, or else when this process ends. */
const left = new Set<() => void>()

process.once('exit', () => {
  for (const takeAway of [...left].reverse()) takeAway()
})

/** @returns takes it away now */
export function untilTheEnd(takeAway: () => void): () => void {
  left.add(takeAway)
  return () => {
    if (left.delete(takeAway)) takeAway()
  }
}
