import { expect, it } from 'vitest'
import { excerptOf, textOrFiles } from '../../../src/shared/markdown/excerpt.ts'

const files = ['tea.png', '**b**.txt'].map((name) => ({ id: '0'.repeat(32), name, type: 'text/plain', bytes: 1 }))

it('excerpt › is the text without its marks, and the names of the files only without a text', () => {
  expect(excerptOf({ data: '**hello** `all`', files })).toBe('hello all')
  expect(excerptOf({ data: '/me waves', files })).toBe('waves')
  expect(excerptOf({ data: '', files })).toBe('tea.png, **b**.txt')
  expect(excerptOf({ data: '' })).toBe('')
  expect([textOrFiles({ data: '**x**', files }), textOrFiles({ data: '', files })]).toEqual([
    '**x**',
    'tea.png, **b**.txt',
  ])
})
