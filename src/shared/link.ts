/** Where links may lead, which host they show, and where a bare address ends in a sentence. */
import { cjk } from './text.ts'
import { urlOf } from './url.ts'

const address = new RegExp(
  `^(?:https?://|www\\.)(?:(?!\\]\\()[^\\s<>"\`\u2018-\u201f«»…\\p{Bidi_Control}${cjk}])+`,
  'iu',
)

/** The address with which `text` begins, without the punctuation of the sentence around it. */
export function bareLink(text: string): string | undefined {
  const found = address.exec(text)?.[0]
  return found && withoutTail(found)
}

function withoutTail(found: string): string {
  let surplus = found.split(')').length - found.split('(').length
  let end = found.length
  for (; end > 0; end--) {
    const last = found[end - 1] ?? ''
    if (last === ')' ? surplus-- <= 0 : !/[.,:;!?'*_~|\]}]/.test(last)) break
  }
  return found.slice(0, end)
}

/** What a link to `address` has for its `href`; undefined where no link may lead. */
export function hrefOf(address: string): string | undefined {
  const href = /^www\.[^.]/i.test(address) ? `https://${address}` : address
  if (!/^(?:https?:\/\/|mailto:)\S+$/i.test(href)) return undefined
  const url = urlOf(href)
  // What stands before an @ looks like a host and is none.
  return url && !url.username && !url.password ? href : undefined
}
