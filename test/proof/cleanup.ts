/** Removes processes, mounts and folders, at the latest when this process ends. */
const left = new Set<() => void>()

process.once('exit', () => {
  for (const cleanUp of [...left].reverse()) cleanUp()
})

/** @returns a function that cleans up now */
export function atExit(cleanUp: () => void): () => void {
  left.add(cleanUp)
  return () => {
    if (left.delete(cleanUp)) cleanUp()
  }
}
