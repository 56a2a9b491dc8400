import { ChatError } from '../../../shared/protocol/errors.ts'
import { limits } from '../../../shared/protocol/limits.ts'

const shape = new RegExp(`^[!-~]{1,${limits.maxKeyCharacters}}$`)

/** The client's own name for an upload; none when it is empty. @throws ChatError `bad-field` */
export function uploadKey(text: string | undefined): string | undefined {
  if (!text) return undefined
  if (!shape.test(text))
    throw new ChatError('bad-field', `"key" has at most ${limits.maxKeyCharacters} visible characters of ASCII.`)
  return text
}
