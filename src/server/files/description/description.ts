/** What a client says of a file, as it is kept. */
import { ChatError } from '../../../shared/protocol/errors.ts'
import { limits } from '../../../shared/protocol/limits.ts'
import { characters, withoutControls } from '../../../shared/text.ts'
import { cleanFileName } from './file-name.ts'
import { unknownType } from './file-type.ts'

interface Description {
  name: string
  type: string
  /** What stands for it where it is not seen. */
  alt: string
}

const maxTypeCharacters = 100

/** @throws ChatError `bad-field` for an `alt` that is too long */
export function describe({ name, type, alt }: Description): Description {
  return { name: cleanFileName(name), type: typeFrom(type), alt: altFrom(alt) }
}

/** One line. */
function altFrom(text: string): string {
  const alt = withoutControls(text.toWellFormed()).replace(/\s+/g, ' ').trim()
  if (characters(alt) > limits.maxAltCharacters)
    throw new ChatError('bad-field', `"alt" has at most ${limits.maxAltCharacters} characters.`)
  return alt
}

/** As claimed, until it is recognised. */
function typeFrom(claimed: string): string {
  return /^[\w.+-]+\/[\w.+-]+$/.test(claimed) && claimed.length <= maxTypeCharacters
    ? claimed.toLowerCase()
    : unknownType
}
