import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Language } from '../../src/shared/language.ts'
import { en } from '../../src/shared/locales/en/index.ts'
import { zh } from '../../src/shared/locales/zh/index.ts'
import { faultInNewName, newNameOf } from '../../src/shared/new-name.ts'
import { characters, faultInName, hasInk, normalizeName, withoutControls } from '../../src/shared/text.ts'

const anyText = fc.string({ unit: 'binary' })

describe('character count', () => {
  it('counts code points, not UTF-16 units', () => {
    expect('👍'.length, 'must differ for this test to mean anything').toBe(2)
    expect(characters('')).toBe(0)
    expect(characters('茶馆')).toBe(2)
    expect(characters('👍👍')).toBe(2)
    expect(characters('e\u0301')).toBe(2)
    expect(characters('\ud800x')).toBe(2)
  })
  it('is the same for any text as iterating over it', () => {
    fc.assert(fc.property(anyText, (text) => characters(text) === [...text].length))
  })
})

describe('name', () => {
  it.for([
    'Li',
    'x',
    '茶馆',
    'Zoë',
    'O’Brien-Smith',
    'a b',
    '<b>',
    '👍',
    '👨‍👩‍👧',
    'עברית',
    'a\u200db',
    '__proto__',
    '0',
    '!',
  ])('%j is valid', (name) => {
    expect(faultInName(name, 32)).toBeUndefined()
  })

  const faults: [what: string, names: string[], text: string][] = [
    ['nothing', [''], 'nameEmpty'],
    [
      'nothing to be seen',
      [' ', '\u3000', '\u200b', '\u200d\ufe0f', '\u00ad', '\ufeff', '\u2060 \u180e', '\u3164'],
      'nameInkless',
    ],
    ['a control character', ['a\0b', 'a\tb', 'a\nb', '\x1b[31m', 'a\x7f', 'a\x85b', 'a\x9f'], 'nameControls'],
    ['a line or paragraph separator', ['a\u2028b', 'a\u2029b'], 'nameControls'],
    [
      'a direction of its own',
      [...'\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'].map((mark) => `a${mark}b`),
      'nameDirection',
    ],
    ['half a surrogate pair', ['\ud800', 'a\udc00b', '\udc4d\ud83d'], 'nameMalformed'],
  ]
  it.for(faults)('is refused with its fault: %s', ([, names, text]) => {
    for (const name of names) expect(faultInName(name, 32), JSON.stringify(name)).toEqual({ text })
  })

  it('has a maximum length in characters, of any width', () => {
    const fault = { text: 'nameTooLong', values: { n: 32 } }
    for (const unit of ['x', '茶', '👍', '\u{20000}']) {
      expect(faultInName(unit.repeat(32), 32), unit).toBeUndefined()
      expect(faultInName(unit.repeat(33), 32), unit).toEqual(fault)
      expect(faultInName(unit.repeat(64), 64), unit).toBeUndefined()
    }
    expect(faultInName('x'.repeat(10_000_000), 32)).toEqual(fault)
  })
  it('has its fault explained in one sentence, in every language', () => {
    for (const language of [new Language('en', en), new Language('zh', zh)]) {
      const sentence = { en: /^A name [^{}]+\.$/, zh: /^名字[^{}]+。$/ }[language.code]
      const told = (name: string) => {
        const fault = faultInName(name, 3)
        return fault && language.t(fault.text, fault.values)
      }
      expect(told('four')).toMatch(sentence)
      fc.assert(fc.property(anyText, (name) => sentence.test(told(name) ?? told('') ?? '')))
    }
  })
})

describe('new name', () => {
  it.for([
    'Li',
    '茶馆 二',
    '茶馆\u3000二',
    'Zoë',
    'עברית',
    '👍',
    '👨‍👩‍👧',
    '👍🏽',
    '🏃🏽‍♀️',
    '❤️',
    '❤︎',
    '1️⃣',
    'می\u200cخواهم',
    'क्\u200dष',
    'ශ්\u200dරී',
    '葛\u{e0100}城',
    'Nguyễn',
    'สวัสดี',
    'שָׁלוֹם',
    'བསྒྲུབས',
    'Ünsal-Öz 3',
  ])('%j is valid', (name) => {
    expect(faultInNewName(name, 32)).toBeUndefined()
  })
  const faults: [what: string, names: string[], text: string][] = [
    ['what a name never has', ['', ' '], 'nameEmpty'],
    ['a space like no other', [...'\u00a0\u1680\u2002\u2009\u200a\u202f\u205f'].map((s) => `Ol${s}ga`), 'nameSpaces'],
    [
      'something that cannot be seen',
      [
        ...'\u00ad\u034f\u115f\u1160\u17b4\u180e\u200b\u2060\u2061\u206a\u2800\u3164\ufe0f\uffa0\ufff9\ufffa\ufffb\ufffc',
        ...['\ufeffx', '\u{1bca0}', '\u{1d173}', '\u{e0001}', '\u{e0041}', '\u{e0100}'],
      ].flatMap((c) => [`Olga${c}`, `Ol${c}ga`]),
      'nameInvisible',
    ],
    [
      'a joiner that joins nothing',
      ['a\u200db', 'Olga\u200d', '\u200dOlga', '茶\u200c馆', 'می\u200c', '👍\u200d', 'a\u200d👍'],
      'nameInvisible',
    ],
    [
      'a selector that selects nothing',
      ['a\ufe0f', 'Olga\ufe0f', '1\ufe0f', '茶\ufe0f', 'a\u{e0100}', '❤\ufe0f\ufe0f'],
      'nameInvisible',
    ],
    ['two places of objects and nothing else', ['\ufffc\ufffc'], 'nameInvisible'],
    [
      'what is private or nothing',
      ['a\ue000', 'a\u{f0000}', 'a\u0378', 'a\ufdd0', 'a\uffff', 'a\u{10ffff}'],
      'nameUnknown',
    ],
  ]
  it.for(faults)('is refused with its fault: %s (SECURITY-REVIEW 6)', ([, names, text]) => {
    for (const name of names) {
      expect(faultInNewName(newNameOf(name), 32), JSON.stringify(name)).toMatchObject({ text })
    }
  })
  it('has at most 6 marks on a letter, and none without a letter (FAULTS 15)', () => {
    const fault = { text: 'nameMarks', values: { n: 6 } }
    expect(faultInNewName(`z${'\u0335'.repeat(6)}`, 32)).toBeUndefined()
    expect(faultInNewName(`z${'\u0335'.repeat(7)}`, 32)).toEqual(fault)
    expect(faultInNewName('\u0301', 32)).toEqual(fault)
  })
  it('has one space in place of several (SECURITY-REVIEW 6)', () => {
    expect(newNameOf('  Anna   Lee  ')).toBe('Anna Lee')
    expect(newNameOf('茶\u3000\u3000馆 \u3000 二')).toBe('茶\u3000馆 二')
  })
  it('has its fault explained in one sentence, in every language', () => {
    for (const language of [new Language('en', en), new Language('zh', zh)]) {
      const sentence = { en: /^A name [^{}]+\.$/, zh: /^名字[^{}]+。$/ }[language.code]
      for (const [, [name = '']] of [...faults, ['', [`z${'\u0335'.repeat(7)}`], ''] as const]) {
        const fault = faultInNewName(newNameOf(name), 32)
        expect(fault && language.t(fault.text, fault.values)).toMatch(sentence)
      }
    }
  })
})

describe('normal form of a name', () => {
  it('is composed', () => {
    const [composed, decomposed] = ['Zo\u00eb', 'Zoe\u0308']
    expect(composed === decomposed, 'must differ for this test to mean anything').toBe(false)
    expect(normalizeName(decomposed)).toBe(composed)
    expect(normalizeName('\u1112\u1161\u11ab')).toBe('한')
  })
  it('keeps confusable names distinct', () => {
    expect(normalizeName('ﬁ')).toBe('ﬁ')
    expect(normalizeName('А')).not.toBe(normalizeName('A'))
    expect(normalizeName('li')).not.toBe(normalizeName('Li'))
  })
  it('has no white space around it, and keeps white space inside', () => {
    expect(normalizeName(' \t\n\u3000\u00a0\ufeffA  b\r\n ')).toBe('A  b')
  })
  it('is its own normal form, for any name', () => {
    fc.assert(fc.property(anyText, (name) => normalizeName(normalizeName(name)) === normalizeName(name)))
  })
})

describe('normal form of a message', () => {
  it('has no control characters without a meaning', () => {
    expect(withoutControls('a\0\x01\x08\x0b\x0c\x0e\x1b\x1f\x7f\x80\x9fb')).toBe('ab')
  })
  it('keeps tabs, line breaks and everything that can be written', () => {
    for (const text of ['a\tb\nc', ' ', '茶馆 👨‍👩‍👧', '\u202e', '\u00a0\u00e9', '<b>&"']) {
      expect(withoutControls(text)).toBe(text)
    }
  })
  it('has one kind of line break', () => {
    expect(withoutControls('a\r\nb\rc\nd\r\r\ne')).toBe('a\nb\nc\nd\n\ne')
  })
  it('does not change when it is applied twice', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = withoutControls(text)
        return withoutControls(once) === once && ![...'\0\r\x1b\x7f'].some((control) => once.includes(control))
      }),
    )
  })
})

describe('visible text', () => {
  it.for(['x', '.', '茶', '👍', '\u0301', '\u2800x', '\ud800', ' x '])('%j contains some', (text) => {
    expect(hasInk(text)).toBe(true)
  })
  it.for([
    '',
    ' ',
    '\t\n',
    '\u00a0\u3000',
    '\u200b\u200c\u200d',
    '\ufeff',
    '\u00ad',
    '\u2800',
    '\ufe0f',
    '\u{e0100}',
    '\0\x1b',
    '\u2028',
    '\u3164',
    '\u115f',
  ])('%j contains none', (text) => {
    expect(hasInk(text)).toBe(false)
  })
})
