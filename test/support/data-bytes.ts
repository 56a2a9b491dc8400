/** What stands in the files of a data folder, byte for byte: whether it can be read by whoever copies them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @returns the files that have the text anywhere in them */
export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder).filter((file) => readFileSync(join(folder, file)).includes(text))
}
