import fc from 'fast-check'
import confusables from 'unhomoglyph/data.json' with { type: 'json' }
import { describe, expect, it } from 'vitest'
import { confusableSkeleton } from '../../src/server/auth/confusables.ts'

const table = Object.entries(confusables as Record<string, string>)

/** Those of the table that text in NFD may have: the others never come to be looked up (UTS #39, section 4). */
const reachable = table.filter(([character]) => character === character.normalize('NFD'))

const maxTimes = 18

/** Every letter that has a small form of one letter. */
const casedLetters = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code)).filter(
  (letter) => /[\p{L}\p{Nl}]/u.test(letter) && letter !== smallOf(letter) && [...smallOf(letter)].length === 1,
)

/** JavaScript's own idea of case, a letter at a time. */
function smallOf(letter: string): string {
  return letter.toLowerCase()
}

describe('confusable names', () => {
  it.for<[why: string, one: string, other: string]>([
    ['case', 'Anna', 'ANNA'],
    ['case', 'anna', 'Anna'],
    ['case', 'Strauß', 'STRAUSS'],
    ['case', 'STRAUẞ', 'strauß'],
    ['case', 'Анна', 'АННА'],
    ['case', 'борис', 'Борис'],
    ['case', 'Галина', 'галина'],
    ['case', 'Юля', 'юля'],
    ['case', 'Ольга Ы', 'ольга ы'],
    ['case', 'ΣΟΦΟΣ', 'σοφος'],
    ['case', 'Ηλίας', 'ηλίας'],
    ['case', 'ԱՐԱՄ', 'Արամ'],
    ['case', 'Ჟა', 'ჟა'],
    ['case', 'ÅSA', 'åsa'],
    ['case', 'İpek', 'ipek'],
    ['width', 'Ａｎｎａ', 'Anna'],
    ['width', '路人甲２', '路人甲2'],
    ['width', 'ｶﾀｶﾅ', 'カタカナ'],
    ['width', 'Li！', 'Li!'],
    ['digits and letters', 'Ivan', 'lvan'],
    ['digits and letters', 'ivan', 'lvan'],
    ['digits and letters', 'Ivan', '1van'],
    ['digits and letters', 'Ivan', '|van'],
    ['digits and letters', 'BILL', 'bi11'],
    ['digits and letters', 'Otto', '0tt0'],
    ['digits and letters', 'otto', '0tt0'],
    ['digits and letters', 'Emma', 'Ernrna'],
    ['digits and letters', 'EMMA', 'ernrna'],
    ['Cyrillic', 'Anna', 'Аnnа'],
    ['Cyrillic', 'Pascal', 'Раѕсаl'],
    ['Cyrillic', 'TOM', 'ТОМ'],
    ['Cyrillic', 'Tom', 'ТОМ'],
    ['Cyrillic', 'hope', 'һоре'],
    ['Cyrillic', 'Jim', 'Јіm'],
    ['Cyrillic', 'AHHA', 'АННА'],
    ['Greek', 'Otto', 'Οtto'],
    ['Greek', 'otto', 'οttο'],
    ['Greek', 'Nick', 'Νick'],
    ['Greek', 'vick', 'νick'],
    ['Greek', 'Ben', 'Βen'],
    ['Greek', 'Zoe', 'Ζοe'],
    ['Greek', 'Kate', 'Κatε'],
    ['Armenian', 'Oha', 'Օհa'],
    ['Cherokee', 'DAWG', 'ᎠᎪᎳᏀ'],
    ['Roman numerals', 'Ⅳ', 'IV'],
    ['Roman numerals', 'Malcolm ⅹ', 'Malcolm X'],
    ['mathematical', '𝐀nna', 'Anna'],
    ['mathematical', '𝔭𝒶𝓎𝕡𝕒𝗅', 'paypal'],
    ['mathematical', '𝟐𝟑', '23'],
    ['letterlike', 'ℜuth', 'Ruth'],
    ['letterlike', 'ℓily', 'Lily'],
    ['enclosed', 'Ⓐnna', 'Anna'],
    ['superscript', 'Anna²', 'Anna2'],
    ['small capitals', 'ᴏᴛᴛo', 'otto'],
    ['ligature', 'Soﬁa', 'Sofia'],
    ['ligature', 'ǅemal', 'DŽemal'],
    ['ligature', 'Ĳsbrand', 'IJsbrand'],
    ['ligature', 'Æsop', 'AEsop'],
    ['ligature', '㎏', 'kg'],
    ['long s', 'ſoo', 'foo'],
    ['marks', 'Zoe\u0308', 'Zoë'],
    ['marks', 'Łukasz', 'L\u0338ukasz'],
    ['marks', 'Đorđe', 'Ðorđe'],
    ['marks', 'Jose\u0301', 'Jose\u0341'],
    ['marks', 'ali\u0307', 'ali'],
    ['invisible', 'An\u200bna', 'Anna'],
    ['invisible', 'An\u200dna', 'Anna'],
    ['invisible', 'An\u00adna', 'Anna'],
    ['invisible', '\ufeffAnna', 'Anna'],
    ['invisible', 'Anna\ufe0f', 'Anna'],
    ['invisible', 'Anna\u034f', 'Anna'],
    ['invisible', 'Anna\u{e0041}', 'Anna'],
    ['invisible', 'Anna\u2061', 'Anna'],
    ...[...'\ufff9\ufffa\ufffb\ufffc\u0600\ue000\u0378\uffff'].map((c): [string, string, string] => [
      'unseen',
      `An${c}na${c}`,
      'Anna',
    ]),
    ['blank', 'Anna\u2800', 'Anna'],
    ['blank', 'Anna\u3164', 'Anna'],
    ['blank', 'Anna\u2800Lee', 'Anna Lee'],
    ['space', 'Anna  Lee', 'Anna Lee'],
    ['space', 'Anna\u00a0Lee', 'Anna Lee'],
    ['space', 'Anna\u3000Lee', 'Anna Lee'],
    ['space', 'Anna \u2003 Lee', 'Anna Lee'],
    ['space', ' Anna ', 'Anna'],
    ['punctuation', 'O’Brien', "O'Brien"],
    ['punctuation', 'Anne‐Marie', 'Anne-Marie'],
    ['punctuation', 'Anne–Marie', 'Anne-Marie'],
    ['punctuation', 'a․b', 'a.b'],
    ['Chinese', '\u2f1f', '土'],
    ['Chinese', '士', '土'],
    ['Chinese', '口', 'ロ'],
    ['Chinese', '〇', 'O'],
    ['Chinese', '戶', '戸'],
    ['Chinese', '\uf9e1', '李'],
  ])('by %s: %s and %s', ([, one, other]) => {
    expect(one, 'must differ for this test to mean anything').not.toBe(other)
    expect(confusableSkeleton(one)).toBe(confusableSkeleton(other))
  })
  it('do not affect users with a name of their own', () => {
    expect(confusableSkeleton('Zhang')).toBe('zhang')
    expect(confusableSkeleton('茶馆')).toBe('茶馆')
    expect(confusableSkeleton('Guest Oolong 2')).toBe('guest oolong 2')
  })
})

describe('distinct names', () => {
  it.for<[one: string, other: string]>([
    ['甲', '乙'],
    ['路人甲', '路人乙'],
    ['路人甲2', '路人甲3'],
    ['路人甲2', '路人甲12'],
    ['路人甲', '路人甲2'],
    ['路人甲10', '路人甲100'],
    ['Guest Oolong 2', 'Guest Oolong 3'],
    ['Guest Oolong 1', 'Guest Oolong 11'],
    ['Guest Oolong', 'Guest Sencha'],
    ['Li', '李'],
    ['李', '季'],
    ['人', '入'],
    ['日', '曰'],
    ['未', '末'],
    ['己', '已'],
    ['王', '玉'],
    ['大', '太'],
    ['天', '夫'],
    ['马', '馬'],
    ['Nan', 'Van'],
    ['Νan', 'νan'],
    ['Yan', 'Uan'],
    ['Ben', 'ssen'],
    ['Liv', 'Lin'],
    ['Anna', 'Hanna'],
    ['Anna', 'Ana'],
    ['Anna Lee', 'AnnaLee'],
    ['Zoë', 'Zoe'],
    ['José', 'Josè'],
    ['Dan', 'Don'],
    ['Sam', '5am'],
    ['Zoe', '2oe'],
    ['Bo', '8o'],
    ['Tom', 'Ton'],
    ['Wim', 'vvim'],
    ['Åsa', 'Asa'],
    ['Łukasz', 'Lukasz'],
    ['Bąk', 'Balk'],
    ['Øystein', 'Oystein'],
    ['Анна', 'Anna'],
    ['Иван', 'Ivan'],
    ['Иван', 'Йван'],
    ['שרה', 'שרי'],
    ['علي', 'عمر'],
    ['さくら', 'サクラ'],
    ['김', '심'],
    ['👍', '👎'],
    ['👩', '👩🏽'],
    ['Anna!', 'Anna'],
    ['a-b', 'a_b'],
    ['a.b', 'a,b'],
    ['x\ud800', 'x\ud801'],
  ])('%j and %j', ([one, other]) => {
    expect(confusableSkeleton(one)).not.toBe(confusableSkeleton(other))
  })
  it('include any two suggested names', () => {
    const numbers = ['', ...Array.from({ length: 300 }, (_, n) => n + 2)]
    const stems = [...'甲乙丙丁戊己庚辛壬癸'].map((stem) => `路人${stem}`)
    const teas = ['Oolong', 'Longjing', 'Keemun', 'Sencha', 'Assam', 'Jasmine', 'Matcha', 'Yunnan', 'Ceylon', 'Puer']
    const names = numbers.flatMap((n) => [...stems.map((s) => `${s}${n}`), ...teas.map((t) => `Guest ${t} ${n}`)])
    expect(new Set(names.map(confusableSkeleton)).size).toBe(names.length)
  })
  it('include names that differ in an ASCII character, except case, O and 0, I, L, 1 and |, and quotation marks', () => {
    const ascii = Array.from({ length: 0x7e - 0x20 }, (_, index) => String.fromCharCode(0x21 + index))
    const groups = Object.values(Object.groupBy(ascii, confusableSkeleton)).map((group) => group?.join(''))
    const alike = groups.filter((group) => group && !/^([!-~]|[A-Z][a-z])$/.test(group))
    expect(groups).toContain('Aa')
    expect(alike.sort()).toEqual(["'`", '0Oo', '1ILil|'])
  })
})

describe('Unicode confusables table', () => {
  it('is complete', () => {
    expect(table).toHaveLength(6_311)
    expect(new Set(table.map(([character]) => [...character].length))).toEqual(new Set([1]))
  })
  it('is applied, except to small letters whose capitals look different, as б looks like Б and not like 6', () => {
    const missed = reachable.filter(([character, look]) => confusableSkeleton(character) !== confusableSkeleton(look))
    expect(missed.map(([character]) => character).join('')).toBe('ðбẚɓɗɖɠƙηꭴƥꞵβϐƭƴҋ')
    for (const [small] of missed) expect(confusableSkeleton(small)).toBe(confusableSkeleton(small.toUpperCase()))
  })
})

describe('case', () => {
  it('is ignored, except where the two forms look like two different common letters or digits', () => {
    expect(casedLetters.length, 'must be found for this test to mean anything').toBeGreaterThan(1_300)
    const simple = casedLetters.filter((letter) => letter === letter.normalize('NFD'))
    const told = simple.filter((letter) => confusableSkeleton(letter) !== confusableSkeleton(smallOf(letter)))
    expect(told.map((letter) => letter + smallOf(letter)).join(' ')).toEqual('Ƽƽ Γγ Νν Υυ 𑢤𑣄 𑢦𑣆 𑢵𑣕 𑢼𑣜')
    for (const form of [(letter: string) => letter, smallOf]) {
      for (const letter of told) expect(confusableSkeleton(form(letter))).toMatch(/^[a-z0-9]$/)
    }
  })
})

describe('confusable skeleton', () => {
  const hostile = [
    ...reachable.flat(),
    ...casedLetters,
    'ﷺ',
    '\u0345',
    '\u0307',
    ' ',
    '\u3164',
    '\ud800',
    '\udc00',
    '한',
  ]
  const anyName = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 32 }),
    fc.string({ unit: fc.constantFrom(...hostile), maxLength: 32 }),
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 32 }).map((units) => String.fromCharCode(...units)),
  )

  it('is its own skeleton', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const skeleton = confusableSkeleton(name)
        expect(confusableSkeleton(skeleton)).toBe(skeleton)
      }),
      { numRuns: 2_000 },
    )
  })
  it('is the same for every Unicode normal form of a name', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        for (const form of ['NFC', 'NFD'] as const)
          expect(confusableSkeleton(name.normalize(form))).toBe(confusableSkeleton(name))
      }),
    )
  })
  it('has a bounded length for any name', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(confusableSkeleton(name).length).toBeLessThanOrEqual(maxTimes * name.length)
      }),
    )
    expect(confusableSkeleton('ﷺ'.repeat(32)).length, 'the longest there is').toBe(maxTimes * 32)
  })
  it('exists for text that is not a valid name', () => {
    expect(confusableSkeleton('')).toBe('')
    expect(confusableSkeleton('\u200b')).toBe('')
    expect(confusableSkeleton('\ud800')).toBe('\ud800')
    expect(confusableSkeleton('\udfffA\ud800')).toBe('\udfffa\ud800')
    expect(confusableSkeleton('__proto__')).toBe('__proto__')
    expect(confusableSkeleton('constructor')).toBe('constructor')
  })
  it('exists for every character, without cycles in the table', () => {
    for (const character of [...table.flat(), ...casedLetters]) {
      expect(confusableSkeleton(confusableSkeleton(character))).toBe(confusableSkeleton(character))
    }
  })
})
