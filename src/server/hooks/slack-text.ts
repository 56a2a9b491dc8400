/** Text in Slack's own mark-up ("mrkdwn"), as our Markdown. */

/** What stands for a piece that is finished; nobody types these. */
const [open, close] = ['\uE000', '\uE001']
const kept = new RegExp(`${open}(\\d+)${close}`, 'g')

/** Before and after a mark: Slack reads `*bold*`, but not `2*3*4`. */
const before = '(?<=^|[\\s([{"\'“‘>:,;/_~-])'
const after = '(?=$|[\\s)\\]}"\'”’.,:;!?/<_~-])'
const bold = new RegExp(`${before}\\*(?=[^\\s*])([^*\\n]*[^\\s*])\\*${after}`, 'gm')
const struck = new RegExp(`${before}~(?=[^\\s~])([^~\\n]*[^\\s~])~${after}`, 'gm')
/** Blocks of code, code, and what Slack writes between `<` and `>`. */
const pieces = /```([\s\S]*?)```|`([^`\n]+)`|<([^<>\n]*)>/g

export function markdownOfSlack(text: string): string {
  const finished: string[] = []
  const keep = (piece: string) => `${open}${finished.push(piece) - 1}${close}`
  return text
    .replace(new RegExp(`[${open}${close}]`, 'g'), '')
    .replace(pieces, (_, block?: string, code?: string, control?: string) => {
      if (block !== undefined) return keep(blockOf(withoutControls(block)))
      if (code !== undefined) return keep(`\`${withoutControls(code)}\``)
      return keep(ofControl(control ?? ''))
    })
    .replace(bold, '**$1**')
    .replace(struck, '~~$1~~')
    .replace(/^#(?=#* )/gm, '\\#')
    .replace(/&(?:amp|lt|gt);/g, decoded)
    .replace(kept, (_, n: string) => finished[Number(n)] ?? '')
}

/** Text that has no mark-up, as our Markdown. */
export function markdownOfPlain(text: string): string {
  return text.replace(/[\\`*~[\]]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|^[#>](?=[# ])/gmu, '\\$&')
}

/** A link, if the address is one that pages show. */
export function linkOf(url: string, label: string): string {
  const address = addressOf(url)
  const text = label.replace(/\s+/g, ' ').trim()
  if (!address) return markdownOfPlain(text || url)
  if (!text || text === url) return bare(address)
  return `[${labelOf(text)}](${address})`
}

/** Brackets in a label need an escape only where one is missing. */
function labelOf(text: string): string {
  return text.replace(areBalanced(text) ? /[\\`*]/g : /[\\`*[\]]/g, '\\$&')
}

function areBalanced(text: string): boolean {
  let depth = 0
  for (const character of text) {
    if (character === '[') depth++
    if (character === ']' && --depth < 0) return false
  }
  return depth === 0
}

/** An address alone is a link. One that ends with punctuation would lose it. */
function bare(address: string): string {
  return /[\w/=&#-]$/.test(address) ? address : `<${address}>`
}

function addressOf(url: string): string | undefined {
  const address = url.trim()
  if (!/^(https?:\/\/|mailto:)[^\s]/i.test(address)) return undefined
  return address.replace(/[\s()<>\\[\]`]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** `<url|text>`, `<@user>`, `<#channel>`, `<!command>`. */
function ofControl(control: string): string {
  const at = control.indexOf('|')
  const [target, label] = at < 0 ? [control, ''] : [control.slice(0, at), decode(control.slice(at + 1))]
  const name = label.replace(/^[@#]/, '')
  if (target.startsWith('@')) return `@${markdownOfPlain(name || target.slice(1))}`
  if (target.startsWith('#')) return `#${markdownOfPlain(name || target.slice(1))}`
  if (target.startsWith('!subteam')) return `@${markdownOfPlain(name || 'group')}`
  if (target.startsWith('!'))
    return label ? markdownOfPlain(label) : `@${markdownOfPlain(target.slice(1).split('^')[0] ?? '')}`
  return linkOf(decode(target), label)
}

/** In code Slack shows links as their text. */
function withoutControls(code: string): string {
  return decode(code.replace(/<([^<>\n]*)>/g, (_, control: string) => shownOf(control)))
}

function shownOf(control: string): string {
  const at = control.indexOf('|')
  return at < 0 ? control : control.slice(at + 1) || control.slice(0, at)
}

/** What is between the fences of Slack may share their lines. */
function blockOf(code: string): string {
  return `\n\`\`\`\n${code.replace(/^\n|\n$/g, '')}\n\`\`\`\n`
}

function decode(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, decoded)
}

/** Slack escapes these three, and no others. */
function decoded(entity: string): string {
  return entity === '&amp;' ? '&' : entity === '&lt;' ? '<' : '>'
}
