import { describe, expect, it } from 'vitest'
import { errorText } from '../../src/shared/error-texts.ts'
import { Language } from '../../src/shared/language.ts'
import { en } from '../../src/shared/locales/en/index.ts'
import { zh } from '../../src/shared/locales/zh/index.ts'
import type { ErrorCode } from '../../src/shared/protocol/errors.ts'

const codes: Record<ErrorCode, true> = {
  'bad-frame': true,
  'unknown-type': true,
  'bad-field': true,
  'too-long': true,
  'too-fast': true,
  'no-such-room': true,
  'not-in-room': true,
  'no-such-message': true,
  'no-such-user': true,
  'name-taken': true,
  forbidden: true,
  'not-accepted': true,
  muted: true,
  'read-only': true,
  unavailable: true,
  internal: true,
}

describe('error texts', () => {
  it.for([new Language('en', en), new Language('zh', zh)])('leave no placeholder empty in $code', ({ t }) => {
    for (const code of Object.keys(codes) as ErrorCode[]) expect(errorText(code, t), code).not.toMatch(/[{}]/)
  })
  it('name the limits', () => {
    const { t } = new Language('en', en)
    expect(errorText('too-long', t)).toBe('A message has at most 4,000 characters.')
    expect(errorText('not-accepted', t)).toContain('up to 5 messages')
  })
})
