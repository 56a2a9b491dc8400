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

/** RFC 1035, 2.3.4. */
const maxHostCharacters = 253

/**
 * The host to which a link leads, when its label looks like another one. A label is read as a person sees it: without regard
 * to case, width and what is invisible.
 */
export function hiddenHost(label: string, href: string): string | undefined {
  const url = urlOf(href)
  if (!url) return undefined
  const host = url.protocol === 'mailto:' ? (url.pathname.split('@').at(-1) ?? '') : url.host
  const seen = label
    .normalize('NFKC')
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu, '')
    .replace(/[。｡．․]/g, '.')
  const own = hostnameOf(host)
  return hostsIn(seen).some((name) => hostnameOf(name) !== own) ? host : undefined
}

/** Words with a dot inside that end like a domain. Split first, so that it takes linear time. */
function hostsIn(text: string): string[] {
  const words = text.split(/[^\p{L}\p{M}\p{N}.-]+/u).map((word) => word.replace(/^[.-]+|[.-]+$/g, ''))
  return words.filter((word) => word.length <= maxHostCharacters && /\.\p{L}[^.]+$/u.test(word) && hostnameOf(word))
}

/** In one form: in ASCII, without a port and without `www.`. */
function hostnameOf(host: string): string | undefined {
  return urlOf(`http://${host}`)?.hostname.replace(/^www\./, '')
}
