/** What must not be left behind: processes, mounts, folders. Taken away in time, or else when this process ends. */
const left = new Set<() => void>()

process.once('exit', () => {
  for (const cleanUp of [...left].reverse()) cleanUp()
})

/** @returns takes it away now */
export function atExit(cleanUp: () => void): () => void {
  left.add(cleanUp)
  return () => {
    if (left.delete(cleanUp)) cleanUp()
  }
}
