/** A message in Slack's formats, `text`, `attachments` and `blocks`, as our Markdown. */
import { type Fields, fieldsOf, lines, listOf, textOf } from './fields.ts'
import { linkOf, markdownOfPlain, markdownOfSlack } from './slack-text.ts'

/** Blocks take the place of the text, which then is only for notifications. */
export function markdownOfMessage(message: Fields): string {
  const text = blocksOf(message.blocks) || markdownOfSlack(textOf(message.text))
  return lines([text, ...listOf(message.attachments).map(attachmentOf)])
}

function attachmentOf(attachment: Fields): string {
  const field = (name: string) => textOf(attachment[name])
  const title = markdownOfSlack(field('title'))
  const heading = field('title_link') ? linkOf(field('title_link'), field('title')) : title
  const blocks = blocksOf(attachment.blocks)
  const body = lines([
    field('author_link') ? linkOf(field('author_link'), field('author_name')) : markdownOfSlack(field('author_name')),
    heading && `**${heading}**`,
    blocks || markdownOfSlack(field('text')),
    ...listOf(attachment.fields).map(fieldOf),
    field('image_url') && linkOf(field('image_url'), 'image'),
    field('thumb_url') && linkOf(field('thumb_url'), 'image'),
    markdownOfSlack(field('footer')),
  ])
  const shown = body || markdownOfSlack(field('fallback'))
  const mark = shown && markOf(field('color'))
  return lines([markdownOfSlack(field('pretext')), mark ? marked(shown, mark) : shown])
}

/** Before the words of a heading, and above what a mark in front would break. */
function marked(text: string, mark: string): string {
  if (/^\s*(```|[->+] |\d+[.)] )/.test(text)) return lines([mark, text])
  return text.replace(/^(#+ )?/, `$1${mark} `)
}

function fieldOf({ title, value }: Fields): string {
  const name = markdownOfSlack(textOf(title)).trim()
  const text = markdownOfSlack(textOf(value)).trim()
  if (!name) return text
  return text.includes('\n') ? `**${name}**\n${text}` : `**${name}**: ${text}`
}

function blocksOf(blocks: unknown): string {
  return lines(listOf(blocks).map(blockOf))
}

function blockOf(block: Fields): string {
  switch (block.type) {
    case 'header': {
      const text = markdownOfPlain(textOf(fieldsOf(block.text).text))
        .replace(/\s+/g, ' ')
        .trim()
      return text && `### ${text}`
    }
    case 'section':
      return lines([
        textObject(block.text),
        ...listOf(block.fields).map(textObject),
        elementOf(fieldsOf(block.accessory)),
      ])
    case 'context':
      return row(block.elements, ' ')
    case 'actions':
      return row(block.elements, ' · ')
    case 'divider':
      return '---'
    case 'image':
      return linkOf(textOf(block.image_url), textOf(fieldsOf(block.title).text) || textOf(block.alt_text) || 'image')
    case 'rich_text':
      return lines(listOf(block.elements).map(richOf))
    default:
      return ''
  }
}

function row(elements: unknown, between: string): string {
  const texts = listOf(elements).map((element) => textObject(element) || elementOf(element))
  return texts.filter((text) => text).join(between)
}

/** `{type: 'mrkdwn' | 'plain_text', text}` */
function textObject(object: unknown): string {
  const { type, text } = fieldsOf(object)
  if (type === 'mrkdwn') return markdownOfSlack(textOf(text))
  return type === 'plain_text' ? markdownOfPlain(textOf(text)) : ''
}

/** A picture, or a button that leads somewhere. */
function elementOf({ type, image_url, alt_text, url, text }: Fields): string {
  if (type === 'image') return linkOf(textOf(image_url), textOf(alt_text) || 'image')
  return type === 'button' && url ? linkOf(textOf(url), textOf(fieldsOf(text).text)) : ''
}

function richOf({ type, elements }: Fields): string {
  if (type === 'rich_text_list') return lines(listOf(elements).map((item) => `- ${richOf(item)}`))
  const text = listOf(elements).map(inlineOf).join('')
  if (type === 'rich_text_preformatted') return `\`\`\`\n${text}\n\`\`\``
  return type === 'rich_text_quote' ? text.replace(/^/gm, '> ') : text
}

function inlineOf(element: Fields): string {
  const text = textOf(element.text)
  switch (element.type) {
    case 'link':
      return linkOf(textOf(element.url), text)
    case 'user':
      return `@${markdownOfPlain(textOf(element.user_id))}`
    case 'broadcast':
      return `@${markdownOfPlain(textOf(element.range))}`
    case 'emoji':
      return emojiOf(textOf(element.unicode)) || `:${textOf(element.name)}:`
    case 'text': {
      const { bold, italic, strike, code } = fieldsOf(element.style)
      if (code) return `\`${text}\``
      const marks = `${bold ? '**' : ''}${italic ? '_' : ''}${strike ? '~~' : ''}`
      return marks + markdownOfPlain(text) + [...marks.matchAll(/\*\*|_|~~/g)].reverse().join('')
    }
    default:
      return ''
  }
}

/** By the numbers of its characters, like `1f64f-1f3fd`. */
function emojiOf(unicode: string): string {
  const codes = unicode.split('-').map((code) => Number.parseInt(code, 16))
  return codes.every((code) => code > 0 && code <= 0x10ffff) ? String.fromCodePoint(...codes) : ''
}

const named: Readonly<Record<string, string>> = { good: '🟢', warning: '🟡', danger: '🔴' }

/** The bar that Slack draws in a colour, as a circle of about that colour. */
function markOf(color: string): string {
  if (Object.hasOwn(named, color)) return named[color] ?? ''
  const [, r = '', g = '', b = ''] = /^#?([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(color) ?? []
  return r ? circleOf(...([r, g, b].map((part) => Number.parseInt(part, 16)) as [number, number, number])) : ''
}

function circleOf(r: number, g: number, b: number): string {
  const [max, min] = [Math.max(r, g, b), Math.min(r, g, b)]
  const range = max - min
  if (range < 40) return max < 128 ? '⚫' : '⚪'
  const sixth = max === r ? (g - b) / range : max === g ? (b - r) / range + 2 : (r - g) / range + 4
  const hue = (sixth * 60 + 360) % 360
  if (hue < 18 || hue >= 330) return '🔴'
  if (hue < 36) return '🟠'
  if (hue < 68) return '🟡'
  if (hue < 170) return '🟢'
  return hue < 255 ? '🔵' : '🟣'
}
