/** Searches the bytes of all files of a data folder, as someone with a copy of them could. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @returns the files that have the text anywhere in them */
export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder).filter((file) => readFileSync(join(folder, file)).includes(text))
}
