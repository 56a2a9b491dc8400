import { describe, expect, it } from 'vitest'
import { hasFilter, toggleFilter } from '../../../src/client/search/filter-parts.ts'

describe('filter of a query', () => {
  it.for([
    ['from:me', 'from:me'],
    ['tea from:me oolong', 'from:me'],
    ['From：ME', 'from:me'],
    ['from:"me"', 'from:me'],
    ['in:lobby', 'in:"lobby"'],
    ['in:“green tea” cup', 'in:"green tea"'],
    ['"green tea"from:me', 'from:me'],
  ] as const)('is in %s: %s', ([query, filter]) => {
    expect(hasFilter(query, filter)).toBe(true)
  })

  it.for([
    ['from:melanie', 'from:me'],
    ['xfrom:me', 'from:me'],
    ['"from:me"', 'from:me'],
    ['"tea from:me oolong"', 'from:me'],
    ['“tea from:me oolong”', 'from:me'],
    ['has:filed', 'has:file'],
    ['in:"tea garden"', 'in:"tea"'],
    ['', 'from:me'],
  ] as const)('is not in %s: %s', ([query, filter]) => {
    expect(hasFilter(query, filter)).toBe(false)
  })

  it('is added at the end and removed wherever it is, and the rest stays', () => {
    expect(toggleFilter(' from:melanie ', 'from:me')).toBe('from:melanie from:me')
    expect(toggleFilter('from:me from:melanie', 'from:me')).toBe('from:melanie')
    expect(toggleFilter('“green  tea” from:me cup from:me', 'from:me')).toBe('“green  tea” cup')
    expect(toggleFilter('', 'from:me')).toBe('from:me')
    expect(toggleFilter('from:me', 'from:me')).toBe('')
  })
})
