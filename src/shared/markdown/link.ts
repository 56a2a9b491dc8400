/** Where links may lead, which host they show, and where a bare address ends in a sentence. */

import { urlOf } from '../addresses/url.ts'
import { cjk } from '../text.ts'

const character = '(?!\\]\\()[^\\s<>"`\u2014\u2018-\u201f«»…\\p{Bidi_Control}]'
/** A path may have Chinese, Japanese and Korean words. A host ends before them: they are the sentence that goes on without a space. */
const address = new RegExp(
  `^(?:https?://|www\\.)(?:(?![/?#${cjk}])${character})+(?:[/?#](?:(?=[\\p{L}\\p{M}\\p{N}]|[^${cjk}])${character})*)?`,
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

/** What a link says when it is pointed at: the whole address in ASCII, so that nothing in it looks like something else, then its title. */
export function linkTitle({ href, title }: { href: string; title?: string }): string {
  const address = urlOf(href)?.href ?? href
  return title ? `${address}\n${title}` : address
}

/**
 * The host to which a link leads, when what is shown looks like another one.
 * @param shown the label, with what it touches: nobody sees where a label begins in the middle of a word
 */
export function hiddenHost(shown: string, href: string): string | undefined {
  const url = urlOf(href)
  if (!url) return undefined
  const host = url.protocol === 'mailto:' ? (url.pathname.split('@').at(-1) ?? '') : url.host
  const own = hostnameOf(host)
  return hostsIn(asSeen(shown)).some((name) => isForeign(name) || hostnameOf(name) !== own) ? host : undefined
}

/** The host of an address that is its own label, when it has letters that may look like others. */
export function foreignHost(address: string): string | undefined {
  const [, authority = ''] = /^(?:https?:\/\/)?([^/?#\\]*)/i.exec(address) ?? []
  return isForeign(authority) ? urlOf(hrefOf(address) ?? '')?.host : undefined
}

function isForeign(name: string): boolean {
  return /[^!-~]/.test(name)
}

/** As a person reads it: without regard to case, width, what is invisible, and which of several dots or slashes it is. */
function asSeen(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}\n]/gu, '')
    .replace(/[。․܁܂٠۰ꓸ꘎𐩐𝅭]/gu, '.')
    .replace(/[⁄∕⟋⧸╱〳]/g, '/')
    .replace(/[∶ː꞉։׃]/g, ':')
}

/** RFC 1035, 2.3.4. */
const maxHostCharacters = 253

/** Words with a dot inside that end like a domain, IPv4 addresses, and what follows a scheme. Split first, so that it takes linear time. */
function hostsIn(text: string): string[] {
  const words = text.split(/[^\p{L}\p{M}\p{N}.-]+/u).map((word) => word.replace(/^[.-]+|[.-]+$/g, ''))
  const named = words.filter((word) => /\.\p{L}[^.]+$/u.test(word) || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(word))
  return [...named, ...Array.from(text.matchAll(/:\/\/([^\s/?#]+)/g), ([, host = '']) => host)]
}

/** In one form: in ASCII, without a port and without `www.`. */
function hostnameOf(host: string): string | undefined {
  if (host.length > maxHostCharacters) return undefined
  return urlOf(`http://${host}`)?.hostname.replace(/^www\./, '')
}
