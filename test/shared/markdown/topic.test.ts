import { describe, expect, it } from 'vitest'
import { topicParts } from '../../../src/shared/markdown/topic.ts'

describe('topic', () => {
  it('has its addresses as links, without the punctuation behind them (PAGE-REVIEW 8)', () => {
    expect(topicParts('see https://tea.example/menu, or www.tea.example.')).toEqual([
      { text: 'see ' },
      { text: 'https://tea.example/menu', href: 'https://tea.example/menu' },
      { text: ', or ' },
      { text: 'www.tea.example', href: 'https://www.tea.example' },
      { text: '.' },
    ])
  })

  it('keeps everything else as it is', () => {
    for (const text of [
      'Tea at **four**',
      'javascript:alert(1)',
      'https://a:b@tea.example',
      'https://',
      'xhttps://a.b',
    ])
      expect(topicParts(text)).toEqual([{ text }])
    expect(topicParts('')).toEqual([])
  })

  it('has no link to a host whose letters look like others', () => {
    expect(topicParts('https://t\u0435a.example')).toEqual([{ text: 'https://t\u0435a.example' }])
  })
})
