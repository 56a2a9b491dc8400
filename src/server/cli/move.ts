import type { Config } from '../config.ts'
import { openBytesOnce } from '../files/bytes/open-bytes.ts'
import { move as moveData } from '../move/move.ts'
import { table } from './command.ts'

/** Rows of a table for each line of progress. */
const everyRows = 100_000

/** @param isShared whether both sides have their files in one place @param write is given what to print while it goes on @returns what to print at the end @throws Error in one line */
export async function move(
  words: string[],
  config: Config,
  isShared: boolean,
  write: (text: string) => void,
): Promise<string> {
  const [from, to, ...others] = words
  if (from === undefined || to === undefined || others.length)
    throw new Error('Name both: "npx teahouse move <from> <to>".')
  let told = 0
  const shared = isShared ? await openBytesOnce(config, 'read') : undefined
  const moved = await moveData({
    from,
    to,
    dataDir: config.dataDir,
    shared,
    progress({ what, count }) {
      const steps = Math.floor(count / everyRows)
      if (steps > 0 && steps !== told) write(`${what}: ${count} so far\n`)
      told = steps
    },
  }).finally(() => shared?.close())
  const lines = moved.filter(({ count }) => count).map(({ what, count }) => [String(count), what])
  return `${table(lines)}Everything was copied and compared. ${from} is as it was.\n`
}
