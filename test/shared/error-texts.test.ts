import { describe, expect, it } from 'vitest'
import { errorText } from '../../src/shared/error-texts.ts'
import { Language } from '../../src/shared/language.ts'
import { en } from '../../src/shared/locales/en/index.ts'
import { zh } from '../../src/shared/locales/zh/index.ts'
import { errorCodes } from '../support/error-codes.ts'

describe('error texts', () => {
  it.for([new Language('en', en), new Language('zh', zh)])('leave no placeholder empty in $code', ({ t }) => {
    for (const code of errorCodes) expect(errorText(code, t), code).not.toMatch(/[{}]/)
  })
  it('name the limits', () => {
    const { t } = new Language('en', en)
    expect(errorText('too-long', t)).toBe('A message has at most 4,000 characters.')
    expect(errorText('not-accepted', t)).toContain('up to 5 messages')
  })
})
