import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { maxInlinesDeep } from '../../../src/shared/markdown/inline.ts'
import {
  childrenOf,
  type Inline,
  isEmojiOnly,
  maxBlocksDeep,
  type Node,
  parseMarkdown,
  plainText,
} from '../../../src/shared/markdown/markdown.ts'
import { roomFinder } from '../../../src/shared/markdown/room-links.ts'

/** As short as a test can be read: `p(strong(b) and code(c))`. */
function outline(nodes: readonly Node[]): string {
  return nodes.map(outlineOf).join('')
}

function outlineOf(node: Node): string {
  switch (node.type) {
    case 'text':
      return node.text
    case 'break':
      return '/'
    case 'code':
      return `code(${node.text})`
    case 'host':
      return `host${node.text}`
    case 'mention':
      return `mention(${node.name}: ${node.text})`
    case 'room':
      return `room(${node.room}: ${node.text})`
    case 'link':
      return `link(${node.href}${node.title ? ` "${node.title}"` : ''}: ${outline(node.nodes)})`
    case 'pre':
      return `pre(${node.language}: ${node.text})`
    case 'list':
      return `${node.ordered ? `ol${node.start}` : 'ul'}(${node.items.map((item) => `li(${outline(item)})`).join('')})`
    case 'paragraph':
      return `p(${outline(node.nodes)})`
    case 'heading':
      return `h${node.level}(${outline(node.nodes)})`
    case 'rule':
      return 'rule'
    case 'table':
      return `table(${[node.head, ...node.rows].map((row) => row.map(outline).join('|')).join(' / ')})`
    default:
      return `${node.type}(${outline(node.nodes)})`
  }
}

const names = ['Anna', 'Anna Lee', '小李', 'a.b', '*Star*']
const findRoom = roomFinder([
  { room: 'tea', name: 'Tea house' },
  { room: 'C', name: 'C' },
  { room: '茶馆', name: '茶馆' },
  { room: '*Star*', name: '*Star*' },
  { room: '~p', name: 'club', kind: 'private' },
])
const see = (text: string) => outline(parseMarkdown(text, names, findRoom))

/** Each with its opposite, which stays as it was typed. */
const constructs: [what: string, is: [text: string, outline: string][], isNot: string[]][] = [
  [
    'bold',
    [
      ['**b**', 'strong(b)'],
      ['__b__', 'strong(b)'],
      ['**API**s', 'strong(API)s'],
      ['a **b c** d', 'a strong(b c) d'],
      ['**你好。**然后', 'strong(你好。)然后'],
      ['说**“你好”**吧', '说strong(“你好”)吧'],
    ],
    ['** b **', '**b', 'b**', '2**3**4', '****', 'f(*args, **kwargs)', '__init'],
  ],
  [
    'italics',
    [
      ['*i*', 'em(i)'],
      ['_i_', 'em(i)'],
      ['"*i*"', '"em(i)"'],
      ['(*i*).', '(em(i)).'],
      ['强*调*了', '强em(调)了'],
      ['foo*bar*', 'fooem(bar)'],
      ['*foo**bar**baz*', 'em(foostrong(bar)baz)'],
      ['_a_b_', 'em(a_b)'],
      ['*foo (*bar*)*', 'em(foo (em(bar)))'],
    ],
    [
      '*i',
      '*i *',
      '*_*',
      '2*3*4',
      'snake_case_name',
      '报告_终稿_最终',
      '5 * 3 * 2',
      '^_^ and ^_^',
      '-_- -_-',
      '哈哈^_^哈哈',
      ';_;',
      '>.< -__-',
      '¯\\_(ツ)_/¯',
      'o_O T_T',
    ],
  ],
  [
    'bold italics',
    [
      ['***x***', 'em(strong(x))'],
      ['*a **b** c*', 'em(a strong(b) c)'],
      ['**a *b***', 'strong(a em(b))'],
    ],
    ['*** x ***'],
  ],
  ['strike', [['~~x~~', 'del(x)']], ['~x~', '~~ x ~~', '~5 to ~6', '~~~~', '~~~~ see you ~~~~', '~~~好开心~~~']],
  [
    'code',
    [
      ['`a*b*`', 'code(a*b*)'],
      ['``a`b``', 'code(a`b)'],
      ['`` `a` ``', 'code(`a`)'],
      ['`@Anna https://x.org`', 'code(@Anna https://x.org)'],
      ['```a```', 'code(a)'],
      ['`a\nb`', 'code(a b)'],
    ],
    ['`a', '``a`', '` `', '``', '`` `'],
  ],
  [
    'a link with a label',
    [
      ['[a](https://x.org)', 'link(https://x.org: a)'],
      ['[a **b**](http://x.org/c_(d))', 'link(http://x.org/c_(d): a strong(b))'],
      ['[a](<https://x.org/b)c>)', 'link(https://x.org/b)c: a)'],
      ['[mail](mailto:a@x.org)', 'link(mailto:a@x.org: mail)'],
      ['[a](www.x.org)', 'link(https://www.x.org: a)'],
      ['![a *b*](https://x.org)', 'link(https://x.org: a b)'],
      ['![](https://x.org)', 'link(https://x.org: https://x.org)'],
      ['[![a](https://x.org/a.png)](https://x.org)', 'link(https://x.org: a)'],
      ['[a](https://x.org "b")', 'link(https://x.org "b": a)'],
      ["[a](<https://x.org/b c> 'd')", 'link(https://x.org/b%20c "d": a)'],
      ['[[a](https://x.org)](https://x.org/2)', '[link(https://x.org: a)](link(https://x.org/2: https://x.org/2))'],
      ['[](https://x.org)', '[](link(https://x.org: https://x.org))'],
      ['[https://y.org](https://x.org)', 'link(https://x.org: https://y.org) host(x.org)'],
      ['[https://x.org](https://x.org)', 'link(https://x.org: https://x.org)'],
    ],
    [
      '[a](b)',
      '[a]',
      '[a]()',
      '[a][b]',
      '[a](/b)',
      '[a](ftp://x.org)',
      'a](b',
      '[a] (b)',
      '[a](b "c")',
      '[](https://',
      '![a](b)',
    ],
  ],
  [
    'an address',
    [
      ['看https://x.org，然后', '看link(https://x.org: https://x.org)，然后'],
      ['https://x.org然后', 'link(https://x.org: https://x.org)然后'],
      ['(https://x.org/a_(b)).', '(link(https://x.org/a_(b): https://x.org/a_(b))).'],
      ['www.x.org?', 'link(https://www.x.org: www.x.org)?'],
      ['**https://x.org**', 'strong(link(https://x.org: https://x.org))'],
      ['https://x.org/a_b_c?d[]=*e*f', 'link(https://x.org/a_b_c?d[]=*e*f: https://x.org/a_b_c?d[]=*e*f)'],
      ['<https://x.org>', 'link(https://x.org: https://x.org)'],
      ['<a@x.org>', 'link(mailto:a@x.org: a@x.org)'],
      [
        'https://zh.wikipedia.org/wiki/茶馆',
        'link(https://zh.wikipedia.org/wiki/茶馆: https://zh.wikipedia.org/wiki/茶馆)',
      ],
      ['看https://x.org/茶馆，然后', '看link(https://x.org/茶馆: https://x.org/茶馆)，然后'],
      ['（https://x.org/茶馆）', '（link(https://x.org/茶馆: https://x.org/茶馆)）'],
      ['https://x.org/こーひー。', 'link(https://x.org/こーひー: https://x.org/こーひー)。'],
      ['“https://x.org”', '“link(https://x.org: https://x.org)”'],
      ['https://münchen.de/ü', 'link(https://münchen.de/ü: https://münchen.de/ü) host(xn--mnchen-3ya.de)'],
    ],
    [
      'https://',
      'http:x.org',
      'xhttps://x.org',
      'www.',
      'x.org',
      'a@x.org',
      'https://bank.com@x.org',
      '<x.org>',
      '<javascript:a>',
      '<irc://x.org>',
    ],
  ],
  [
    'a mention',
    [
      ['hi @anna!', 'hi mention(Anna: @anna)!'],
      ['@Anna Lee', 'mention(Anna Lee: @Anna Lee)'],
      ['@小李你好', 'mention(小李: @小李)你好'],
      ['@Anna你好', 'mention(Anna: @Anna)你好'],
      ['**@*Star***', 'strong(mention(*Star*: @*Star*))'],
      ['@a.b', 'mention(a.b: @a.b)'],
      ['_@Anna_', 'em(mention(Anna: @Anna))'],
    ],
    ['@annabel', '@Anna_7', '@Bo', '@', 'Anna', '@aXb'],
  ],
  [
    'a link to a room',
    [
      ['#tea', 'room(tea: #tea)'],
      ['see #TEA, #tea.', 'see room(tea: #TEA), room(tea: #tea).'],
      ['in #tea house', 'in room(tea: #tea house)'],
      ['(#club)', '(room(~p: #club))'],
      ['#茶馆见', 'room(茶馆: #茶馆)见'],
      ['来#tea吧', '来room(tea: #tea)吧'],
      ['**#*Star***', 'strong(room(*Star*: #*Star*))'],
      ['#tea#club', 'room(tea: #tea)room(~p: #club)'],
      ['@Anna #tea', 'mention(Anna: @Anna) room(tea: #tea)'],
      ['_#tea_', 'em(room(tea: #tea))'],
      ['[a #tea](https://x.org)', 'link(https://x.org: a #tea)'],
      ['https://x.org/#tea', 'link(https://x.org/#tea: https://x.org/#tea)'],
      ['`#tea`', 'code(#tea)'],
    ],
    ['#teas', '#tea_7', '##tea', 'C#C', 'x.org/#tea', 'a_#tea', '#', '#coffee', 'tea'],
  ],
]

describe('Markdown in a line', () => {
  describe.for(constructs)('%s', ([, is, isNot]) => {
    it.for(is)('is recognised in %j', ([text, expected]) => {
      expect(see(text)).toBe(`p(${expected})`)
    })
    it.for(isNot)('is not recognised in %j', (text) => {
      expect(see(text)).toBe(`p(${text})`)
    })
  })

  it('loses a backslash before a mark, and no other backslash', () => {
    expect(see('\\*a\\* \\`b\\` \\[c](https://x.org)')).toBe('p(*a* `b` [c](link(https://x.org: https://x.org)))')
    expect(see('\\@Anna')).toBe('p(@Anna)')
    expect(see('\\#tea')).toBe('p(#tea)')
    expect(see('\\d \\n a\\')).toBe('p(\\d \\n a\\)')
    expect(see('a\\\nb')).toBe('p(a/b)')
  })
  it.for(['C:\\_temp\\*.txt', 'c:\\dir\\my_file_1\\_x', 'see D:\\~backup\\#1', '\\\\host\\share\\_x', '“C:\\.git\\”'])(
    'keeps the backslashes of a path: %s (FAULTS 19)',
    (text) => {
      expect(see(text)).toBe(`p(${text})`)
    },
  )
  it.for([
    ['**C:\\temp**', 'strong(C:\\temp)'],
    ['`C:\\_a`', 'code(C:\\_a)'],
    ['C:\\@Anna @Anna', 'C:\\@Anna mention(Anna: @Anna)'],
  ])('reads what is around a path: %j', ([text = '', expected]) => {
    expect(see(text)).toBe(`p(${expected})`)
  })
  it.for([
    ['&lt;b&gt; &amp; &#x27;&#39; &hearts;', "<b> & '' ♥"],
    ['&#42;a&#42; &commat;Anna &#64;Anna', '*a* &commat;Anna @Anna'],
    ['&#0; &#xd800; &#x110000;', '\ufffd \ufffd \ufffd'],
    ['&#7; &x; &; & &amp', '&#7; &x; &; & &amp'],
    ['`&lt;`', 'code(&lt;)'],
  ])('reads entities of characters that may be shown: %j', ([text = '', expected]) => {
    expect(see(text)).toBe(`p(${expected})`)
  })
})

describe('Markdown lines', () => {
  it.for([
    ['a\nb', 'p(a/b)'],
    ['a\r\nb', 'p(a/b)'],
    ['a\n\n\nb', 'p(a)p(b)'],
    ['*a\nb*', 'p(em(a/b))'],
  ])('keep the line breaks of %j', ([text = '', expected]) => {
    expect(see(text)).toBe(expected)
  })

  it.for([
    ['> a\n> b\nc', 'quote(p(a/b))p(c)'],
    ['a\n> b', 'p(a)quote(p(b))'],
    ['> a\n>\n> b', 'quote(p(a)p(b))'],
    ['> > a\n> b', 'quote(quote(p(a))p(b))'],
    ['>> a', 'quote(quote(p(a)))'],
    ['>引用', 'quote(p(引用))'],
    ['> - a\n> - b', 'quote(ul(li(p(a))li(p(b))))'],
  ])('make %j a quote, up to the end of the marks', ([text = '', expected]) => {
    expect(see(text)).toBe(expected)
  })
  it.for(['>_< hm', '>:(', '>', '> >', '>= 5', '>100', 'a > b', '\\> a'])('do not make %j a quote', (text) => {
    expect(see(text)).toBe(`p(${text.replace('\\', '')})`)
  })

  it.for([
    ['- a\n- b', 'ul(li(p(a))li(p(b)))'],
    ['* a\n\n* b', 'ul(li(p(a))li(p(b)))'],
    ['a:\n- b\nc', 'p(a:)ul(li(p(b)))p(c)'],
    ['- a\n  - b\n  - c\n- d', 'ul(li(p(a)ul(li(p(b))li(p(c))))li(p(d)))'],
    ['1. a\n  - b', 'ol1(li(p(a)ul(li(p(b)))))'],
    ['- a\n  b\n\n  c', 'ul(li(p(a/b)p(c)))'],
    ['  - a\n  - b', 'ul(li(p(a))li(p(b)))'],
    ['1. a\n2. b', 'ol1(li(p(a))li(p(b)))'],
    ['7) a\n8) b', 'ol7(li(p(a))li(p(b)))'],
    ['1. a\n\nb\n\n2. c', 'ol1(li(p(a)))p(b)ol2(li(p(c)))'],
    ['- [x] a', 'ul(li(p([x] a)))'],
    ['- ```\n  a\n  ```', 'ul(li(pre(: a)))'],
    ['+ a', 'ul(li(p(a)))'],
    ['- a\n* b', 'ul(li(p(a)))ul(li(p(b)))'],
    ['- a\n-\n- b', 'ul(li(p(a))li()li(p(b)))'],
    ['1. a\n1. b\n1. c', 'ol1(li(p(a))li(p(b))li(p(c)))'],
    ['1. a\n  - b\n    - c\n2. d', 'ol1(li(p(a)ul(li(p(b)ul(li(p(c))))))li(p(d)))'],
    ['1984. It was', 'ol1984(li(p(It was)))'],
  ])('make %j a list', ([text = '', expected]) => {
    expect(see(text)).toBe(expected)
  })
  it('keep the typed numbers of a list', () => {
    expect(see('1. a\n3. b\n3. c')).toBe('ol1(li(p(a)))ol3(li(p(b)))ol3(li(p(c)))')
  })
  it.for(['-a', '-', '- ', '1.a', '1234567890. a', '- - -', '* * *', '---'])('do not make %j a list', (text) => {
    expect(see(text)).toBe(`p(${text})`)
  })
  it('do not begin a list where a number happens to be first', () => {
    expect(see('It was in\n19. Or so')).toBe('p(It was in/19. Or so)')
  })

  it.for([
    ['```js\nlet a\n\n*b*\n```\nc', 'pre(js: let a\n\n*b*)p(c)'],
    ['~~~\na\n```\n~~~', 'pre(: a\n```)'],
    ['````\n```\na\n````', 'pre(: ```\na)'],
    ['```c++\na', 'pre(c++: a)'],
    ['```two words\nb```', 'pre(: two words\nb)'],
    ['  ```\n  a\n    b\n  ```', 'pre(: a\n  b)'],
    ['```\na\n    ```\n```', 'pre(: a\n    ```)'],
    ['```a\\+\nb', 'pre(a+: b)'],
    ['a\n```\n```\nb', 'p(a)pre(: )p(b)'],
    ['a\n```\nb\n```', 'p(a)pre(: b)'],
    ['> ```\n> a\n> ```\nb', 'quote(pre(: a))p(b)'],
  ])('make %j a code block', ([text = '', expected]) => {
    expect(see(text)).toBe(expected)
  })
  it.for(['```', '```js', '``\na\n``', '~~~好开心~~~', '~~~~ see you ~~~~'])('do not make %j a code block', (text) => {
    expect(see(text)).not.toContain('pre(')
    expect(plainText(parseMarkdown(text))).toContain(/^(?:```|~~~)/.test(text) ? text : 'a')
  })
})

describe('Markdown heading', () => {
  it.for([
    ['# a', 'h1(a)'],
    ['###### a *b* ##', 'h6(a em(b))'],
    ['a\n## b\nc', 'p(a)h2(b)p(c)'],
    ['> ### @Anna', 'quote(h3(mention(Anna: @Anna)))'],
    ['# #', 'p(# #)'],
  ])('is in %j', ([text = '', expected]) => {
    expect(see(text)).toBe(expected)
  })
  it.for(['#a', '#', '#1', '####### a', '\\# a', 'a # b'])('is not in %j', (text) => {
    expect(see(text)).toBe(`p(${text.replace('\\', '')})`)
  })
})

describe('Markdown rule', () => {
  it.for(['a\n\n---\nb', 'a\n* * *\nb', 'a\n___\n\nb', 'a\n---\nb'])('is in %j', (text) => {
    expect(see(text)).toBe('p(a)rulep(b)')
  })
  it.for(['---', '***', '___', '- - -', '---\n---'])('is not in %j, which is nothing but marks', (text) => {
    expect(see(text)).toBe(`p(${text.replace('\n', '/')})`)
  })
})

describe('Markdown table', () => {
  it.for([
    ['| a | b |\n|---|---|\n| 1 | 2 |', 'table(a|b / 1|2)'],
    ['a|b\n-|-\n1|2', 'table(a|b / 1|2)'],
    ['| a |\n| - |', 'table(a)'],
    ['c\n|a|b|\n|-|-|\n|1|2|\nd', 'p(c)table(a|b / 1|2)p(d)'],
    ['|a|b|\n|-|-|\n|1|', 'table(a|b / 1)'],
    ['|a|b|\n|-|-|\n|1|2|3|4|', 'table(a|b / 1|2|3|4)'],
    ['|**a**|`b\\|c`|\n|-|-|\n|\\||@Anna|', 'table(strong(a)|code(b|c) / ||mention(Anna: @Anna))'],
    ['> |a|\n> |-|\n> |b|', 'quote(table(a / b))'],
    ['|a|\n|-|\n> |b|', 'table(a)quote(p(|b|))'],
  ])('is in %j', ([text = '', expected]) => {
    expect(see(text)).toBe(expected)
  })
  it.for(['a|b\n-', 'a\n-|-', '|a|b|\n|-|', '|a|\n|b|', 'a|b'])('is not in %j', (text) => {
    expect(see(text)).not.toContain('table')
  })
  it('has columns that are aligned', () => {
    expect(parseMarkdown('|a|b|c|d|\n|:-|:-:|-:|-|')).toMatchObject([
      { alignments: ['left', 'center', 'right', undefined] },
    ])
  })
  it('never has more cells in a row than in its head', () => {
    const [table] = parseMarkdown('|a|b|\n|-|-|\n|1|2|3|4|')
    expect(table).toMatchObject({ rows: [[[{ text: '1' }], [{ text: '2|3|4' }]]] })
  })
})

describe('unsupported Markdown', () => {
  it.for([
    'Heading\n===',
    '<b>x</b> <img src=x onerror=alert(1)>',
    '<svg onload=alert(1)>',
    '<!-- x -->',
    '[a]: https',
    'a[^1]',
    '    indented',
    '- [ ]x'.slice(2),
    ':smile: $x$ ==x==',
  ])('is shown as it was typed: %j', (text) => {
    expect(see(text)).toBe(`p(${text.replaceAll('\n', '/')})`)
  })
})

const evil = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\tscript:alert(1)',
  'vbscript:x',
  'data:text/html,<script>alert(1)</script>',
  'data:image/svg+xml;base64,PHN2Zz4=',
  'blob:https://x.org/1',
  'file:///etc/passwd',
  '//x.org',
  '\\\\x.org',
  'https:x.org',
  'https://',
  'https://user:word@x.org',
  'https://x.org\u0000javascript:',
  '&#106;avascript:alert(1)',
  '\u0001javascript:alert(1)',
  'view-source:https://x.org',
  'intent://x.org',
  'java&Tab;script:alert(1)',
]

describe('a link', () => {
  it.for(evil)('does not lead to %j', (address) => {
    const ways = [
      `[a](${address} "b")`,
      `[a](${address})`,
      `[a](<${address}>)`,
      `![a](${address})`,
      `<${address}>`,
      address,
    ]
    for (const text of ways) {
      for (const { href } of linksIn(parseMarkdown(text))) expect(href).toMatch(/^https:\/\/x\.org/)
      expect(inkOf(parseMarkdown(text))).toContain(address.match(/[a-z]{3,}/i)?.[0])
    }
    expect(linksIn(parseMarkdown(`[label](${address})`)).map(inkOfLabel)).not.toContain('label')
  })
  it('can lead to http, https and mail addresses', () => {
    const links = linksIn(parseMarkdown('[label](https://x.org)'))
    expect(links.map(({ href }) => href)).toEqual(['https://x.org'])
    expect(links.map(inkOfLabel)).toEqual(['label'])
  })
})

type Link = Extract<Inline, { type: 'link' }>

function linksIn(nodes: readonly Node[]): Link[] {
  return nodes.flatMap((node) => [...(node.type === 'link' ? [node] : []), ...linksIn(childrenOf(node))])
}

function inkOfLabel({ nodes }: Link): string {
  return inkOf(nodes)
}

/** What is displayed of what was typed, with the address of a link that shows something else. */
function inkOf(nodes: readonly Node[]): string {
  return nodes
    .map((node) => {
      if (node.type === 'pre') return node.language + node.text
      if (node.type === 'host') return ''
      if (node.type === 'link') {
        const label = inkOf(node.nodes)
        return node.href.endsWith(label) ? label : `${label}(${node.href}${node.title ?? ''})`
      }
      return 'text' in node ? node.text : inkOf(childrenOf(node))
    })
    .join('')
}

/** Words, every mark that there is, and the beginnings of links and blocks. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...'*_~`[]()<>@\\-.:/#!|+=& \n\t1aé你。👍'),
        fc.constantFrom(
          '**',
          '~~',
          '```',
          '\n> ',
          '\n- ',
          '\n1. ',
          '\n  ',
          '\n\n',
          'https://x.org',
          'www.',
          '](',
          '@Anna',
        ),
        fc.string({ unit: 'grapheme', maxLength: 3 }),
      ),
      { maxLength: 80, size: 'max' },
    )
    .map((parts) => parts.join('')),
)
/** Numbers are those of lists. An address may be that of an image in a link, of which only the text is shown. */
const notInk = /https:\/\/x\.org|https:\/\/(?=www\.)|[\s\p{Cc}\d!-/:-@[-`{-~]/giu

describe('Markdown of any text', () => {
  it('shows everything except marks', () => {
    fc.assert(
      fc.property(text, (text) => {
        const shown = inkOf(parseMarkdown(text, names))
        expect(shown.replace(notInk, '')).toBe(text.replace(notInk, ''))
      }),
      { numRuns: 500 },
    )
  })
  it('links to http, https and mail only', () => {
    fc.assert(
      fc.property(text, (text) => {
        for (const { href } of linksIn(parseMarkdown(text, names))) {
          expect(['http:', 'https:', 'mailto:']).toContain(new URL(href).protocol)
        }
      }),
      { numRuns: 500 },
    )
  })
  it('shows something when there is something visible', () => {
    fc.assert(
      fc.property(text, (text) => {
        if (/[^\s>]/.test(text)) expect(inkOf(parseMarkdown(text)).trim()).not.toBe('')
      }),
    )
  })
})

const hostile: [what: string, (length: number) => string][] = [
  ['brackets', (n) => '['.repeat(n)],
  ['pairs of brackets', (n) => '['.repeat(n / 2) + ']'.repeat(n / 2)],
  ['beginnings of links', (n) => '[a]('.repeat(n / 4)],
  ['brackets before one link', (n) => `${'[_a '.repeat(n / 8)}${'b_]'.repeat(n / 8)}](https://x.org)`],
  ['stars', (n) => '*'.repeat(n)],
  ['stars that are opened', (n) => '*a '.repeat(n / 3)],
  ['stars that are opened and closed', (n) => '*a '.repeat(n / 6) + 'a* '.repeat(n / 6)],
  ['stars and lines that cross', (n) => '*a _b '.repeat(n / 12) + 'a* b_ '.repeat(n / 12)],
  ['strong in strong', (n) => '**a '.repeat(n / 8) + 'a** '.repeat(n / 8)],
  ['backticks', (n) => '`'.repeat(n)],
  ['backticks in pairs', (n) => '`a'.repeat(n / 2)],
  ['quotes', (n) => '>'.repeat(n)],
  ['quotes in quotes', (n) => `${'> '.repeat(n / 2)}a`],
  ['empty quotes', (n) => '>\n'.repeat(n / 2)],
  ['lists in lists', (n) => `${'- '.repeat(n / 2)}a`],
  ['lists in quotes in lists', (n) => `${'- > '.repeat(n / 4)}a`],
  ['lists by indentation', (n) => Array.from({ length: Math.sqrt(n) }, (_, i) => `${' '.repeat(2 * i)}- a`).join('\n')],
  ['short lists', (n) => '1. a\n\n'.repeat(n / 6)],
  ['fences', (n) => '```\n'.repeat(n / 4)],
  ['fences that nothing closes', (n) => '```a b\n~~~\n'.repeat(n / 10)],
  ['brackets after an address', (n) => `https://x.org/${')'.repeat(n)}`],
  ['addresses', (n) => 'https://a:b@'.repeat(n / 12)],
  ['beginnings of addresses', (n) => 'www.'.repeat(n / 4)],
  ['mentions', (n) => '@Anna'.repeat(n / 5)],
  ['rooms', (n) => '#tea'.repeat(n / 4)],
  ['rooms that are none', (n) => '#'.repeat(n)],
  ['marks before rooms', (n) => `${'_/='.repeat(n / 3)}#tea`],
  ['marks after rooms', (n) => `#tea${'_'.repeat(n / 2)}#tea@${'a'.repeat(n / 2)}`],
  ['backslashes', (n) => '\\'.repeat(n)],
  ['images', (n) => '![[['.repeat(n / 4)],
  ['images in images', (n) => '!['.repeat(n / 8) + '](https:)'.repeat(n / 8)],
  ['links in brackets', (n) => '['.repeat(n / 2) + '[a](https://x.org) '.repeat(n / 38)],
  ['links without a label', (n) => '['.repeat(n / 20) + '](https://x.org)'.repeat(n / 20)],
  [
    'links that are too deep',
    (n) => `${'['.repeat(n / 20)}${'*a '.repeat(9)}${'b*'.repeat(9)}${'](https://x.org)'.repeat(n / 20)}`,
  ],
  ['addresses of links that do not end', (n) => '[a](<b'.repeat(n / 6)],
  ['titles of links that do not end', (n) => '[a](b "c'.repeat(n / 16) + "[a](b 'c".repeat(n / 16)],
  ['opened parentheses', (n) => `[a](${'('.repeat(n)}`],
  [
    'backticks of growing length',
    (n) => Array.from({ length: Math.sqrt(2 * n) }, (_, i) => `e${'`'.repeat(i)}`).join(''),
  ],
  ['angle brackets', (n) => '<'.repeat(n)],
  ['beginnings of autolinks', (n) => '<https:'.repeat(n / 7)],
  ['ampersands', (n) => '&'.repeat(n)],
  ['beginnings of entities', (n) => '&#x1'.repeat(n / 4)],
  ['stars of which every third may not close', (n) => `a**b${'c* '.repeat(n / 3)}`],
  ['strikethrough', (n) => '~~a '.repeat(n / 8) + 'a~~ '.repeat(n / 8)],
  ['marks without end', (n) => '*_~~'.repeat(n / 4)],
  ['spaces', (n) => `a${' '.repeat(n)}b`],
  ['spaces before a line break', (n) => `a ${' \\ '.repeat(n / 3)}\n`],
  ['rules that are none', (n) => `${'- '.repeat(n / 2)}a`],
  ['stars that are lists', (n) => `${'* '.repeat(n / 2)}a`],
  ['empty items', (n) => '-\n'.repeat(n / 2)],
  ['lines below a quote', (n) => `${'> '.repeat(n / 4)}a\n${'b\n'.repeat(n / 4)}`],
  ['headings', (n) => '# a #\n'.repeat(n / 6)],
  ['marks that end a heading', (n) => `# ${'# '.repeat(n / 2)}`],
  ['pipes', (n) => '|'.repeat(n)],
  ['lines of pipes', (n) => '|\n'.repeat(n / 2)],
  ['wide and long tables', (n) => `${'|a'.repeat(n / 8)}|\n${'|-'.repeat(n / 8)}|\n${'|\n'.repeat(n / 4)}`],
  ['delimiters of tables', (n) => '|-\n'.repeat(n / 3)],
  [
    'fences of growing length',
    (n) => Array.from({ length: Math.sqrt(2 * n) }, (_, i) => '`'.repeat(3 + i)).join(' a\n'),
  ],
  ['faces', (n) => '^_'.repeat(n / 2)],
  ['paths', (n) => 'C:\\'.repeat(n / 3)],
  ['paths to servers', (n) => '\\\\a'.repeat(n / 3)],
  ['addresses in Chinese', (n) => `https://x.org/${'茶'.repeat(n)}`],
]

function depthOf(nodes: readonly Node[]): number {
  return nodes.length ? 1 + Math.max(...nodes.map((node) => depthOf(childrenOf(node)))) : 0
}

function count(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => sum + 1 + count(childrenOf(node)), 0)
}

/** How often a pattern is tried, which is what the work consists of. */
function stepsFor(text: string): number {
  const steps = vi.spyOn(RegExp.prototype, 'exec')
  parseMarkdown(text, names, findRoom)
  const { length } = steps.mock.calls
  steps.mockRestore()
  return length
}

/** In milliseconds, at best. */
function timeFor(text: string, times: number): number {
  const took = Array.from({ length: 3 }, () => {
    const start = performance.now()
    for (let i = 0; i < times; i++) parseMarkdown(text, names, findRoom)
    return performance.now() - start
  })
  return Math.min(...took)
}

/** How much longer one text takes than 16 that are as long together: as long where the time is linear, 16 times where it is quadratic. */
function growth(make: (length: number) => string): number {
  return timeFor(make(64_000), 1) / Math.max(timeFor(make(4_000), 16), 1)
}

describe('a hostile text', () => {
  it.for(hostile)('of %s grows neither deep nor much', ([, make]) => {
    const nodes = parseMarkdown(make(4_000), names, findRoom)
    expect(depthOf(nodes)).toBeLessThanOrEqual(maxBlocksDeep + maxInlinesDeep + 2)
    expect(count(nodes)).toBeLessThanOrEqual(4_001)
  })
  it.for(hostile)('of %s takes work in proportion to its length', ([, make]) => {
    expect(stepsFor(make(8_000))).toBeLessThanOrEqual(2.2 * stepsFor(make(4_000)) + 20)
  })
  it.for(hostile)('of %s takes time in proportion to its length', ([, make]) => {
    // Whatever else the machine does takes its share of a single measurement.
    let least = Number.POSITIVE_INFINITY
    for (let attempt = 0; attempt < 5 && least >= 5; attempt++) least = Math.min(least, growth(make))
    expect(least).toBeLessThan(5)
  })
  it('may use all the depth that there is', () => {
    const deepest = `${'> '.repeat(maxBlocksDeep)}${'*a _b '.repeat(maxInlinesDeep / 2)}c${' d_ e*'.repeat(maxInlinesDeep / 2)}`
    expect(depthOf(parseMarkdown(deepest))).toBe(maxBlocksDeep + maxInlinesDeep + 2)
    const shown = 'a b a b a b a b c d e d e d e d e'
    expect(inkOf(parseMarkdown(deepest))).toBe(shown)
    expect(inkOf(parseMarkdown(`> ${deepest}`)), 'one more is text').toBe(`> ${shown}`)
    expect(inkOf(parseMarkdown(`~~${deepest.replaceAll('> ', '')}~~`)), 'one more is text').toBe(`~~${shown}~~`)
  })
})

describe('a heading', () => {
  it.for([
    ['# tea', 'h1(tea)'],
    ['# #tea #', 'h1(room(tea: #tea))'],
    ['#tea\n#', 'p(room(tea: #tea))h1()'],
  ] as const)('is told from a link to a room: %j', ([text, expected]) => {
    expect(see(text)).toBe(expected)
  })
})

describe('plain text of Markdown', () => {
  it('has links to rooms as they were typed, whoever can see the rooms', () => {
    expect(plainText(parseMarkdown('**see** #tea', [], findRoom))).toBe('see #tea')
    expect(plainText(parseMarkdown('**see** #tea'))).toBe('see #tea')
  })
  it('is one line without marks', () => {
    expect(plainText(parseMarkdown('> **a**\n\n- b\n- `c`\n\n```js\nd\n```\n@Anna [e](https://x.org)', names))).toBe(
      'a b c d @Anna e',
    )
  })
})

describe('emoji-only text', () => {
  it.for(['👍', ' 👍 👍\n', '👩‍👩‍👧‍👦', '👍🏽', '🇨🇳', '1️⃣', '❤️', '👍'.repeat(8)])('is %j', (text) => {
    expect(isEmojiOnly(text)).toBe(true)
  })
  it.for(['', ' ', 'a', '1', '#', '👍 a', '👍'.repeat(9), '你', ':)', '©'])('is not %j', (text) => {
    expect(isEmojiOnly(text)).toBe(false)
  })
})
