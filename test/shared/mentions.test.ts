import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Block, type Inline, parseMarkdown } from '../../src/shared/markdown/markdown.ts'
import { maxLookedAt } from '../../src/shared/markdown/names-in-text.ts'
import { everyone, isMentioned, namesForUser, possibleNames } from '../../src/shared/mentions.ts'
import { limits } from '../../src/shared/protocol/limits.ts'
import { foldName } from '../../src/shared/text.ts'

/** As they were typed. */
function mentionsIn(text: string, names: readonly string[]): string[] {
  const inInline = (node: Inline): string[] =>
    node.type === 'mention' ? [node.text] : 'nodes' in node ? node.nodes.flatMap(inInline) : []
  const inBlock = (block: Block): string[] => {
    if (block.type === 'paragraph') return block.nodes.flatMap(inInline)
    if (block.type === 'quote') return block.nodes.flatMap(inBlock)
    return block.type === 'list' ? block.items.flat().flatMap(inBlock) : []
  }
  return parseMarkdown(text, names).flatMap(inBlock)
}

describe('mentions of a message', () => {
  it('mean a user by their name or with everybody in the room', () => {
    const [anna, other] = [
      { id: 3, name: 'Anna' },
      { id: 4, name: 'anna' },
    ]
    expect(namesForUser({ mentions: [anna, everyone, other] }, 3)).toEqual(['Anna', 'room'])
    expect(isMentioned({ mentions: [everyone] }, 9)).toBe(true)
    expect(isMentioned({ mentions: [anna] }, 4)).toBe(false)
    expect(isMentioned({}, 3)).toBe(false)
  })
})

describe('mention', () => {
  it.for([
    'use `@Anna` here',
    '```\n@Anna\n```',
    '~~~js\n@Anna\n~~~',
    'write to me@anna.example',
    'https://social.example/@Anna/123',
    '[her page](https://social.example/@Anna)',
    'social.example/@Anna',
    'https://x.org/?to=@Anna',
    '\\@Anna',
    '@Anna@social.example',
  ])('is not found in %j (FAULTS 3)', (text) => {
    expect(mentionsIn('hello @Anna', ['Anna']), 'she can be mentioned').toEqual(['@Anna'])
    expect(mentionsIn(text, ['Anna'])).toEqual([])
  })
  it.for([
    '@Anna',
    '@anna, @ANNA',
    'a\n@Anna',
    '(@Anna)',
    '“@Anna”',
    'cc:@Anna',
    'no.@Anna',
    '你好@Anna你好',
    '안녕@Anna님',
    '👍🏽@Anna',
    '❤️@Anna',
    '1️⃣@Anna',
    '**@Anna**',
    '_@Anna_',
    '~~@Anna~~',
    '[@Anna](https://x.org)',
    '> @Anna',
    '- @Anna',
    '@Anna’s',
    '@Anna.',
    '@Bo@Anna',
    '@Bo/@Anna',
    'x `@Anna` @Anna',
  ])('is found in %j', (text) => {
    expect(mentionsIn(text, ['Anna', 'Bo']).map(foldName)).toContain('@anna')
  })
  it.for([
    ['@Annabel', 'Anna'],
    ['@Annaé', 'Anna'],
    ['@Anna\u0301', 'Anna'],
    ['@Annaб', 'Anna'],
    ['@Anna7', 'Anna'],
    ['@Anna_7', 'Anna'],
    ['@Иванович', 'Иван'],
    ['@Νίκος', 'Νίκο'],
    ['@रामायण', 'राम'],
    ['@אנה-מריהx', 'אנה-מריה'],
    ['@Սոնան', 'Սոնա'],
    ['привет@Иван', 'Иван'],
    ['रा@राम', 'राम'],
  ] as const)('is not the beginning of a longer word: %j does not mention %j', ([text, name]) => {
    expect(mentionsIn(`@${name}!`, [name]), 'the name can be mentioned').toEqual([`@${name}`])
    expect(mentionsIn(text, [name])).toEqual([])
  })
  it.for([
    ['привет @Иван', ['Ива', 'Иван'], '@Иван'],
    ['hello @Ann Lee', ['Ann', 'Ann Lee'], '@Ann Lee'],
    ['hello @Ann Leeds', ['Ann', 'Ann Lee'], '@Ann'],
    ['hello @Ann', ['Ann', 'Ann Lee'], '@Ann'],
    ['你好@小李明', ['小李', '小李明'], '@小李明'],
    ['你好@小李明', ['小李'], '@小李'],
    ['@민수야', ['민', '민수'], '@민수'],
    ['@สมชายครับ', ['สม', 'สมชาย'], '@สมชาย'],
    ['@ΝΊΚΟΣ', ['Νίκο', 'Νίκος'], '@ΝΊΚΟΣ'],
  ] as const)('matches the longest known name: %j with %j (FAULTS 4)', ([text, names, is]) => {
    expect(mentionsIn(text, names)).toEqual([is])
    expect(mentionsIn(text, names.toReversed())).toEqual([is])
  })
})

describe('possible names in a text', () => {
  const piece = fc.constantFrom(
    '@',
    '@',
    'Ann',
    'Lee',
    ' ',
    '小李',
    '*',
    '_',
    '`',
    '\\',
    '\n',
    '> ',
    '.',
    'é',
    '👍',
    '[',
    '](https://x.org)',
  )
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

  it('include all names that the parser finds, for any known users', () => {
    let found = 0
    fc.assert(
      fc.property(
        text,
        // No name has a line break.
        fc.array(fc.array(piece, { minLength: 1, maxLength: 4 }).map((a) => a.join('').replaceAll('\n', '').trim())),
        (text, names) => {
          const possible = possibleNames(text, limits.maxNameCharacters)
          const mentions = mentionsIn(text, [...names, 'Ann', 'Ann Lee', '小李'])
          found += mentions.length
          for (const mention of mentions) expect([...possible]).toContain(foldName(mention.slice(1)))
        },
      ),
      { numRuns: 1_000 },
    )
    expect(found).toBeGreaterThan(20)
  })
  it('end where words end', () => {
    expect([...possibleNames('@Ann Lee is\n@Bo', 32)]).toEqual(['ann', 'ann lee', 'ann lee is', 'bo'])
    expect([...possibleNames('no name', 32)]).toEqual([])
  })
  it('are few, however hostile the text', () => {
    for (const text of [
      `@${'👍'.repeat(3_999)}`,
      '@👍'.repeat(2_000),
      '@'.repeat(4_000),
      `@${'李'.repeat(3_999)}`,
      '@a '.repeat(1_333),
    ]) {
      expect(possibleNames(text, limits.maxNameCharacters).size).toBeLessThanOrEqual(
        maxLookedAt * limits.maxNameCharacters,
      )
    }
  })
})
