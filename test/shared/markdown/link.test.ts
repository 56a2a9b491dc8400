import { describe, expect, it } from 'vitest'
import { parseMarkdown, plainText } from '../../../src/shared/markdown/markdown.ts'

const seen = (markdown: string) => plainText(parseMarkdown(markdown, []))

describe('link with a label that looks like another address', () => {
  it.each([
    ['[bank.example](https://evil.example)', 'bank.example (evil.example)'],
    ['[Bank.Example](https://evil.example)', 'Bank.Example (evil.example)'],
    ['[**bank**.example](https://evil.example)', 'bank.example (evil.example)'],
    ['[bank。example](https://evil.example)', 'bank。example (evil.example)'],
    ['[ｂａｎｋ．example](https://evil.example)', 'ｂａｎｋ．example (evil.example)'],
    ['[bank.\u200bexample](https://evil.example)', 'bank.\u200bexample (evil.example)'],
    ['[https://bank.example@evil.example](https://evil.example)', 'https://bank.example@evil.example (evil.example)'],
    ['[the bank, bank.example.](https://evil.example:8443)', 'the bank, bank.example. (evil.example:8443)'],
    ['[pay@bank.example](mailto:pay@evil.example)', 'pay@bank.example (evil.example)'],
    ['[`bank.example`](https://evil.example)', 'bank.example (evil.example)'],
    ['[bank.\nexample](https://evil.example)', 'bank. example (evil.example)'],
    ['[bankꓸexample](https://evil.example)', 'bankꓸexample (evil.example)'],
    ['[192.168.0.1](https://evil.example)', '192.168.0.1 (evil.example)'],
    ['[http\u200b://bank](https://evil.example)', 'http\u200b://bank (evil.example)'],
    ['[http:⁄⁄bank](https://evil.example)', 'http:⁄⁄bank (evil.example)'],
    ['[xn--bank.example](https://evil.example)', 'xn--bank.example (evil.example)'],
    [`[bank.example.${'a'.repeat(300)}](https://evil.example)`, `bank.example.${'a'.repeat(300)} (evil.example)`],
    ['[\u202eelpmaxe.knab](https://evil.example)', '\u202eelpmaxe.knab (evil.example)'],
    ['[bаnk.example](https://bаnk.example)', 'bаnk.example (xn--bnk-6cd.example)'],
    ['https://bаnk.example', 'https://bаnk.example (xn--bnk-6cd.example)'],
    ['www.bаnk.example', 'www.bаnk.example (www.xn--bnk-6cd.example)'],
    ['[https://bank.example/x](https://evil.example)', 'https://bank.example/x (evil.example)'],
    ['[<https://bank.example>](https://evil.example)', 'https://bank.example (evil.example)'],
    ['![bank.example](https://evil.example)', 'bank.example (evil.example)'],
    ['[![bank.example](https://x.org)](https://evil.example "bank")', 'bank.example (evil.example)'],
    ['[bank&#46;example](https://evil.example)', 'bank.example (evil.example)'],
    ['[bank\\.example](https://evil.example)', 'bank.example (evil.example)'],
    ['# [bank.example](https://evil.example)', 'bank.example (evil.example)'],
    ['| [bank.example](https://evil.example) |\n|-|', 'bank.example (evil.example)'],
    ['bank.[example](https://evil.example)', 'bank.example (evil.example)'],
    ['[bank](https://evil.example).example', 'bank (evil.example).example'],
    ['**bank**.\ufeff[example](https://evil.example)', 'bank. example (evil.example)'],
    ['[bank.example](https://bаnk.example)', 'bank.example (xn--bnk-6cd.example)'],
  ])('shows the real host: %s (SECURITY-REVIEW 20)', (markdown, text) => {
    expect(seen(markdown)).toBe(text)
  })

  it.each([
    ['[bank.example](https://bank.example/login)', 'bank.example'],
    ['[BANK.example](https://bank.example)', 'BANK.example'],
    ['[the menu](https://evil.example)', 'the menu'],
    ['[version 3.14](https://evil.example)', 'version 3.14'],
    ['https://x.org/menu.html', 'https://x.org/menu.html'],
    ['https://x.org/茶', 'https://x.org/茶'],
    ['<https://bank.example>', 'https://bank.example'],
    ['![the menu](https://evil.example)', 'the menu'],
    ['![](https://evil.example/menu.png)', 'https://evil.example/menu.png'],
    ['看。[菜单](https://evil.example)', '看。菜单'],
    ['bank, [the menu](https://evil.example).', 'bank, the menu.'],
    ['[茶馆](https://zh.wikipedia.org/wiki/x)', '茶馆'],
    ['https://bank.example/login', 'https://bank.example/login'],
  ])('needs no real host: %s (SECURITY-REVIEW 20)', (markdown, text) => {
    expect(seen(markdown)).toBe(text)
  })
})
