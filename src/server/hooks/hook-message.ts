/** What a webhook was sent, as the text of a message. */
import { limits } from '../../shared/protocol/limits.ts'
import { characters, hasInk } from '../../shared/text.ts'
import { fieldsOf } from './fields.ts'
import { markdownOfOther } from './other-payloads.ts'
import { markdownOfMessage } from './slack-message.ts'

/** @returns undefined when there is nothing to say; what is too long ends with an ellipsis */
export function hookMessage(payload: unknown): string | undefined {
  const fields = fieldsOf(payload)
  const text = (markdownOfMessage(fields) || markdownOfOther(fields)).replace(/\n{3,}/g, '\n\n').trim()
  if (!hasInk(text)) return undefined
  return characters(text) <= limits.maxMessageCharacters ? text : shortened(text)
}

function shortened(text: string): string {
  return `${[...text].slice(0, limits.maxMessageCharacters - 1).join('')}…`
}
