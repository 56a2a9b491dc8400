// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { expect, it, vi } from 'vitest'
import { CommandError } from '../../../clients/js/src/pending-commands.ts'
import { chatKey } from '../../../src/client/app/use-chat.ts'
import MessageRequestBar from '../../../src/client/room/MessageRequestBar.vue'
import { roomFromSummary } from '../../../src/client/room/reduce-room.ts'
import { anna, bo, li, summary } from '../support/fakes.ts'
import { inEnglish } from '../support/in-english.ts'

function show(people = [anna], ask = vi.fn(async () => ({ type: 'done', key: 'k' }))) {
  const room = roomFromSummary(summary({ room: '~1', name: '', kind: 'direct', people, request: true }), li)
  const bar = mount(MessageRequestBar, {
    props: { room },
    global: { provide: { ...inEnglish.provide, [chatKey as symbol]: { ask } } },
  })
  const press = async (name: string) => {
    await bar
      .findAll('button')
      .find((one) => one.text().includes(name))
      ?.trigger('click')
    await flushPromises()
  }
  return { bar, ask, press }
}

it.for([
  ['Accept', { type: 'accept', room: '~1' }],
  ['Decline', { type: 'leave', room: '~1' }],
  ['Block', { type: 'block', user: anna.id, on: true }],
] as const)(
  'message request bar › answers a request by a button: %s (SECURITY-REVIEW 19)',
  async ([name, question]) => {
    const { bar, ask, press } = show()
    expect(bar.text()).toContain('Anna')
    await press(name)
    expect(ask.mock.calls).toEqual([[question]])
    expect(bar.emitted('accepted') !== undefined).toBe(name === 'Accept')
  },
)
it('message request bar › shows why an answer was refused, and offers no block among several users (SECURITY-REVIEW 19)', async () => {
  const { bar, press } = show(
    [anna, bo],
    vi.fn(() => Promise.reject(new CommandError('too-fast', 'no'))),
  )
  expect(bar.text()).not.toContain('Block')
  await press('Accept')
  expect(bar.get('[role=alert]').text()).toContain('Too fast')
  expect(bar.emitted('accepted')).toBeUndefined()
})
