/** Deleted messages that stand one after the other are told in one line, from so many on. */
const least = 3

/** The rows with each such run of them in a list of its own, in its place. */
export function withRuns<Row>(rows: readonly Row[], isTombstone: (row: Row) => boolean): (Row | Row[])[] {
  const all: (Row | Row[])[] = []
  let run: Row[] = []
  const endRun = () => {
    if (run.length < least) all.push(...run)
    else all.push(run)
    run = []
  }
  for (const row of rows) {
    if (isTombstone(row)) run.push(row)
    else {
      endRun()
      all.push(row)
    }
  }
  endRun()
  return all
}
