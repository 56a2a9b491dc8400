/** How often each event happened. */
export type Counts = Record<string, number>

export function count(counts: Counts, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1
}

/** The most frequent first. */
export function inWords(counts: Counts): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a)
  return sorted.map(([what, count]) => `${what} ${count.toLocaleString('en-US')}`).join(', ')
}
