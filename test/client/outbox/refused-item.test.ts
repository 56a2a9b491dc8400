// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import type { Item } from '../../../clients/js/src/outbox-items.ts'
import { chatKey } from '../../../src/client/app/use-chat.ts'
import RefusedItem from '../../../src/client/outbox/RefusedItem.vue'
import type { ErrorCode } from '../../../src/shared/protocol/errors.ts'
import { provided } from '../support/fake-page.ts'
import { inEnglish } from '../support/in-english.ts'

it.for([
  ['too-long', 'A message has at most 4,000 characters.'],
  ['not-accepted', 'up to 5 messages'],
] as const)('refused item › names the limit when the error is %s', ([code, text]: readonly [ErrorCode, string]) => {
  const item = { key: 'k', room: 'lobby', type: 'chat', data: 'hello', code } as unknown as Item
  const global = { provide: { ...inEnglish.provide, [chatKey as symbol]: {}, ...provided() } }
  const words = mount(RefusedItem, { props: { item }, global }).get('[role=alert]').text()
  expect(words).toContain(text)
  expect(words).not.toContain('{')
})
