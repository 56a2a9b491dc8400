import { describe, expect, it } from 'vitest'
import { sharedText } from '../../src/shared/files/shared-text.ts'

const text = (some: Partial<Parameters<typeof sharedText>[0]>) => sharedText({ title: '', text: '', url: '', ...some })

describe('text of what is shared', () => {
  it('has the title, the text and the address, each in a line', () => {
    expect(text({ title: 'Teas', text: 'Look at this', url: 'https://tea.example/' })).toBe(
      'Teas\nLook at this\nhttps://tea.example/',
    )
    expect(text({ url: 'https://tea.example/' })).toBe('https://tea.example/')
    expect(text({ title: ' Teas ' })).toBe('Teas')
    expect(text({})).toBe('')
  })

  it('says nothing twice', () => {
    expect(text({ title: 'Teas', text: 'Teas https://tea.example/', url: 'https://tea.example/' })).toBe(
      'Teas https://tea.example/',
    )
    expect(text({ title: 'https://tea.example/', text: 'https://tea.example/' })).toBe('https://tea.example/')
  })

  it('keeps the lines of a text', () => {
    expect(text({ text: 'one\r\n\r\ntwo' })).toBe('one\n\ntwo')
  })
})
