import { expect, it } from 'vitest'
import { CommandError } from '../../../clients/js/src/pending-commands.ts'
import { saveFault } from '../../../src/client/saved/save-fault.ts'
import { english } from '../support/fakes.ts'

it('saving a message › names the limit when it is reached, and other reasons as they are', () => {
  const reason = (code: CommandError['code']) => saveFault(new CommandError(code, ''), english.t as never)
  expect(reason('forbidden')).toMatch(/^You can save at most 1,000 messages/)
  expect(reason('no-such-message')).not.toContain('1,000')
})
