/** The examples of the CommonMark specification, for what Teahouse supports of it. */
import { tests } from 'commonmark-spec'
import { describe, expect, it } from 'vitest'
import { htmlOf } from './as-html.ts'

interface Example {
  number: number
  section: string
  markdown: string
  html: string
}

/** What `docs/markdown.md` says is not supported. */
const unsupportedSections = [
  'Setext headings',
  'Indented code blocks',
  'HTML blocks',
  'Link reference definitions',
  'Raw HTML',
]
const unsupported: Record<string, number[]> = {
  'HTML in a line': [21, 31, 344, 475, 476, 477, 642, 643],
  'indented code': [134, 278],
  'a heading that is underlined': [59, 141, 300],
  'a link to nowhere, or to another scheme than http, https and mailto': [485, 486, 487, 596, 598, 599, 601],
}

/** Where Teahouse departs from the specification, and why. */
const deviations: Record<string, number[]> = {
  'An answer below a quote or a list does not belong to it: no lazy continuation.': [
    232, 233, 238, 247, 250, 251, 292, 293, 312,
  ],
  'Two spaces are enough for bullets below a number: many type no more.': [297],
  'Several words after a fence are the first line of code: to drop them would hide what was typed.': [143],
  'Tildes with more tildes in the line are decoration, as in `~~~ see you ~~~`.': [146],
  'Only well-known entities are read: the whole list weighs more than the parser.': [25],
  'A face stays a face.': [438],
  'A star between digits multiplies.': [356],
  'A link without a label cannot be seen: it stays as it was typed, and an image shows its address.': [484, 581],
  'An address is a link without angle brackets too, as on GitHub.': [602, 608, 611],
}

const examples: Example[] = tests.map(({ markdown, html, ...rest }) => ({
  ...rest,
  markdown: markdown.replaceAll('→', '\t'),
  html: html.replaceAll('→', '\t'),
}))
const supported = examples.filter((example) => !isUnsupported(example))
const deviating = Object.entries(deviations).flatMap(([why, numbers]) =>
  numbers.map((number) => [number, why] as const),
)

function isUnsupported({ number, section, markdown, html }: Example): boolean {
  return (
    unsupportedSections.includes(section) ||
    Object.values(unsupported).some((numbers) => numbers.includes(number)) ||
    /^ {0,3}\[[^\]]+\]:/m.test(markdown) ||
    (/<pre>/.test(html) && !/```|~~~/.test(markdown)) ||
    /<(?!\/?(?:p|a|em|strong|code|pre|ul|ol|li|blockquote|h[1-6]|hr|br|img)\b)/.test(html)
  )
}

/** Below a paragraph: a message that shows nothing but marks means the marks. */
function seen({ markdown, html }: Example): string {
  return normalized(htmlOf(`above\n\n${hasRelative(html) ? absolute(markdown) : markdown}`))
}

function specified({ html }: Example): string {
  return normalized(`<p>above</p>\n${hasRelative(html) ? absolute(html) : html}`)
}

function hasRelative(html: string): boolean {
  return /(?:href|src)="(?!https?:|mailto:)/i.test(html)
}

/** A scheme that does not become a link by itself, where the specification has relative addresses. */
function absolute(text: string): string {
  return text
    .replace(/\]\((\s*<?)(?=[^\s>)])(?!https?:|mailto:|<)/g, ']($1mailto:')
    .replace(/(href|src)="(?!https?:|mailto:)/gi, '$1="mailto:')
}

/**
 * An image is a link with its alternative text, or that text inside a link. A line break is always one, and indentation is kept; all
 * lists are tight.
 */
function normalized(html: string): string {
  let depth = 0
  return html
    .replace(/(<a [^>]*>)<img [^>]*alt="([^"]*)"[^>]*>/g, '$1$2')
    .replace(/<img src="([^"]*)" alt="([^"]*)"( title="[^"]*")? \/>/g, '<a href="$1"$3>$2</a>')
    .replace(/<br \/>\n/g, '\n')
    .replace(/<(\/?)(ul|ol|p)\b[^>]*>/g, (tag, close, name) => {
      if (name === 'p') return depth ? '\n' : tag
      depth += close ? -1 : 1
      return tag
    })
    .replace(/<p>[ \t]+/g, '<p>')
    .replace(/\s*\n\s*/g, '\n')
    .replace(/(<(?:li|ul|ol|blockquote)\b[^>]*>)\n/g, '$1')
    .replace(/\n(<\/li>|<\/?ul|<\/?ol|<h|<b)/g, '$1')
    .trim()
}

describe('the CommonMark specification', () => {
  it('is read like its examples, by at least 95 % of those of what is supported', () => {
    expect(supported.length).toBeGreaterThan(400)
    expect(1 - deviating.length / supported.length).toBeGreaterThanOrEqual(0.95)
  })

  describe.for([...Map.groupBy(supported, ({ section }) => section)])('%s', ([, ofSection]) => {
    it.for(ofSection.filter(({ number }) => !deviating.some(([other]) => other === number)))(
      'example $number: $markdown',
      (example) => {
        expect(seen(example)).toBe(specified(example))
      },
    )
  })

  it.for(deviating)('is left on purpose in example %i: %s', ([number]) => {
    const example = supported.find((one) => one.number === number)
    if (!example) throw new Error(`Example ${number} is of what is not supported.`)
    expect(seen(example)).not.toBe(specified(example))
  })
})
