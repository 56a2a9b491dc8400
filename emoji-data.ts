/** Makes the page's own emoji data, one small file for each language, from the large ones of emoji-picker-element-data. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import type { EmojiRow } from './src/client/emoji/emoji.ts'
import { type LanguageCode, languages } from './src/shared/language.ts'

const packageName = 'emoji-picker-element-data'
const moduleName = 'virtual:emoji-data'
const codes = Object.keys(languages) as LanguageCode[]

/** What is newer than this is an empty box on too many devices. */
const newestVersion = 15.1
/** Skin tones and hair by themselves. */
const componentGroup = 2

interface Source {
  emoji: string
  annotation: string
  tags?: string[]
  shortcodes?: string[]
  group: number
  version: number
}

/** All emoji of a language, in Unicode's order. Shortcodes are the English ones everywhere, those of GitHub first. */
export function emojiRows(code: LanguageCode): EmojiRow[] {
  const github = shortcodesOf('en/github')
  const emojibase = shortcodesOf('en/emojibase')
  return read(`${code}/emojibase`)
    .filter(({ group, version }) => group !== componentGroup && version <= newestVersion)
    .map(({ emoji, annotation, tags = [], group }) => {
      const shortcodes = new Set([...(github.get(emoji) ?? []), ...(emojibase.get(emoji) ?? [])])
      const words = tags.filter((tag) => tag !== annotation)
      return [plain(emoji), annotation, words.join('|'), [...shortcodes].join('|'), group]
    })
}

/** `import urls from 'virtual:emoji-data'` gives the address of each language's file, named by its content. */
export function emojiData(): Plugin {
  let isBuild = false
  return {
    name: 'emoji-data',
    configResolved: ({ command }) => {
      isBuild = command === 'build'
    },
    resolveId: (id) => (id === moduleName ? `\0${moduleName}` : undefined),
    load(id) {
      if (id !== `\0${moduleName}`) return undefined
      const urls = codes.map((code) => {
        const source = JSON.stringify(emojiRows(code))
        if (!isBuild) return `${code}: ${JSON.stringify(`data:application/json,${encodeURIComponent(source)}`)}`
        return `${code}: import.meta.ROLLUP_FILE_URL_${this.emitFile({ type: 'asset', name: `emoji-${code}.json`, source })}`
      })
      return `export default { ${urls.join(', ')} }`
    },
  }
}

function shortcodesOf(folder: string): Map<string, string[]> {
  return new Map(read(folder).map(({ emoji, shortcodes = [] }) => [emoji, shortcodes]))
}

function read(folder: string): Source[] {
  const file = join(import.meta.dirname, 'node_modules', packageName, folder, 'data.json')
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** The data asks for the coloured form everywhere; where that is the usual one, keyboards do not, and 👍 must be one 👍. */
function plain(emoji: string): string {
  return emoji.replace(/(\p{Emoji_Presentation})\uFE0F/gu, '$1')
}
