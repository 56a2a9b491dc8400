/** Holds what runs in a browser to the oldest ones that are supported: vite.config.ts lowers syntax, and adds no API. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
/** Newer than Chrome 117, Firefox 125 and Safari 17.4. */
const tooNew =
  /\b(?:RegExp\.escape|URL\.parse|Promise\.(?:withResolvers|try)|(?:Object|Map)\.groupBy|Array\.fromAsync|AbortSignal\.any|Iterator\.(?:from|prototype)|Uint8Array\.from(?:Base64|Hex))\b|\.(?:isSubsetOf|isSupersetOf|isDisjointFrom|symmetricDifference|intersection|difference|toBase64|toHex|getOrInsert(?:Computed)?)\(|\.(?:values|keys|entries)\(\)\s*\.(?:map|filter|take|drop|flatMap|reduce|toArray|forEach|some|every|find)\(|^\s*(?:await )?using /m

const files = ['src/client', 'src/shared', 'clients/js/src'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|vue)$/.test(name))
    .map((name) => join(folder, name)),
)

describe('page code', () => {
  it.for(files)('%s uses nothing that a supported browser lacks (FAULTS 6)', (file) => {
    const code = readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    expect(tooNew.exec(code)?.[0]).toBeUndefined()
  })
  it.for(['URL.parse(a)', 'Map.groupBy(a, b)', 'map.values().map(c)'])('is checked by a rule that finds %s', (code) => {
    expect(code).toMatch(tooNew)
  })
})
