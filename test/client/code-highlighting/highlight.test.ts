import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codeLanguage } from '../../../src/client/code-highlighting/code-languages.ts'
import type { Token } from '../../../src/client/code-highlighting/code-tokens.ts'
import { answer, type Reply } from '../../../src/client/code-highlighting/highlight.ts'

async function repliesTo(code: string, typed: string): Promise<Reply[]> {
  const language = codeLanguage(typed) ?? expect.unreachable(`${typed} must be known.`)
  const replies: Reply[] = []
  await answer({ code, language }, (reply) => replies.push(reply))
  return replies
}

async function highlight(code: string, typed: string): Promise<Token[]> {
  const [first, second, ...more] = await repliesTo(code, typed)
  expect([first, more]).toEqual(['started', []])
  return typeof second === 'object' ? second.tokens : expect.unreachable('There must be tokens.')
}

const depthOf = (tokens: readonly Token[]): number =>
  1 + Math.max(0, ...tokens.map((token) => (typeof token === 'string' ? 0 : depthOf(token.tokens))))

const textOf = (tokens: readonly Token[] = []): string =>
  tokens.map((token) => (typeof token === 'string' ? token : textOf(token.tokens))).join('')

const kindsOf = (tokens: readonly Token[] = []): string[] =>
  tokens.flatMap((token) => (typeof token === 'string' ? [] : [token.kind, ...kindsOf(token.tokens)]))

describe('highlighting', () => {
  it.for([
    ['js', 'const a = `b` // <b>d</b>', ['keyword', 'string', 'comment']],
    ['TypeScript', 'let a: number = 1', ['keyword', 'built_in', 'number']],
    ['py', 'def a(): return f"{b}"', ['keyword', 'title', 'string', 'subst']],
    ['html', '<a href="b"><script>let c</script></a>', ['tag', 'name', 'attr', 'string']],
    ['c++', 'int main() { return 0; }', ['keyword', 'number']],
    ['diff', '+ a\n- b', ['addition', 'deletion']],
  ] as const)('colours %s', async ([language, code, kinds]) => {
    const tokens = await highlight(code, language)
    expect(kindsOf(tokens)).toEqual(expect.arrayContaining([...kinds]))
    expect(textOf(tokens)).toBe(code)
  })
  it.for([
    ...[
      'c',
      'csharp',
      'css',
      'dockerfile',
      'go',
      'ini',
      'java',
      'json',
      'kotlin',
      'lua',
      'nginx',
      'php',
      'ruby',
      'rust',
    ],
    ...['sh', 'sql', 'swift', 'yaml', 'vue', 'toml'],
  ])('leaves text that is not %s unchanged', async (language) => {
    const code = '<img src=x onerror="alert(1)"> \'"`{[( 茶 */ #{ <?php <<<EOF \\'
    expect(textOf(await highlight(code, language))).toBe(code)
  })
  it.for(['', 'elvish', '__proto__', 'constructor', '../core'])('does not know the language %j', (language) => {
    expect(codeLanguage(language)).toBeUndefined()
  })
  it.for([
    ['js', '`${'],
    ['python', 'f"{'],
    ['swift', '"\\('],
  ] as const)('limits the depth of %s to what the page can draw (SECURITY-REVIEW 9)', async ([language, opening]) => {
    const code = opening.repeat(1_300)
    const tokens = await highlight(code, language)
    expect(depthOf(tokens)).toBeGreaterThan(10)
    expect(depthOf(tokens)).toBeLessThan(20)
    expect(textOf(tokens)).toBe(code)
  })
})

const theme = readFileSync(join(import.meta.dirname, '../../../static/css/theme.css'), 'utf8')

function coloursOf(name: string): [light: string, dark: string] {
  const [, light = '', dark = ''] = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(theme) ?? []
  return [light, dark]
}

/** WCAG 2.2, "contrast ratio". */
function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

describe('highlighting colour', () => {
  const pairs = [
    ...['comment', 'keyword', 'string', 'number', 'name'].map((kind) => [`code-${kind}`, 'raised']),
    ['tea-deep', 'mention'],
    ...['paper', 'tint', 'hover'].map((ground) => ['tea', ground]),
  ] as [string, string][]

  it.for(pairs)('of %s has enough contrast on %s, in both themes', ([ink, ground]) => {
    const grounds = coloursOf(ground)
    for (const [theme, colour] of coloursOf(ink).entries()) {
      expect(contrast(colour, grounds[theme] ?? '')).toBeGreaterThanOrEqual(4.5)
    }
  })
  it('fails the contrast check when it is close to its background', () => {
    expect(contrast('#faf7f0', '#948b79')).toBeLessThan(4.5)
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21)
  })
})
