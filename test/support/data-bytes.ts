/** What stands in the files of a data folder, byte for byte: whether somebody who copies them can read it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @returns the files that have the text anywhere in them */
export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder).filter((file) => readFileSync(join(folder, file)).includes(text))
}
