// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createApp } from 'vue'
import { storageInMemory } from '../../../clients/js/src/memory-storage.ts'
import { Chat } from '../../../src/client/app/chat.ts'
import { chatKey } from '../../../src/client/app/use-chat.ts'
import Composer from '../../../src/client/composer/Composer.vue'
import { useWriteAccess } from '../../../src/client/room/use-write-access.ts'
import { countUnsent, SessionEnd } from '../../../src/client/session/sign-out.ts'
import { fakePage, fakeRoomView, provided } from '../support/fake-page.ts'
import { FakeWorld, pageState } from '../support/fakes.ts'
import { inEnglish } from '../support/in-english.ts'

afterEach(() => {
  vi.restoreAllMocks()
  localStorage.clear()
})

/** A page with a draft, whose connection the server ends. */
async function pageEndedWith(code: number) {
  const go = vi.spyOn(location, 'assign').mockImplementation(() => {})
  const world = new FakeWorld()
  const storage = { ...storageInMemory(), keepOnly: async () => {}, shut: async () => {} }
  const chat = new Chat(pageState(), world, storage, 'this tab')
  chat.start()
  world.line.opens()
  chat.drafts.save('lobby', 'a draft')
  const app = createApp({ render: () => 'the page' })
  const root = document.createElement('div')
  app.mount(root)
  world.line.events.closed(code)
  const end = new SessionEnd({ app, chat, storage })
  await end.connectionEnded()
  return { chat, root, storage, end, went: go.mock.calls.map(([url]) => url) }
}

describe('session', () => {
  it('that was ended on another device takes the page away, and nothing is kept of it', async () => {
    const { chat, root, went } = await pageEndedWith(4002)
    expect([root.textContent, chat.drafts.read('lobby')]).toEqual(['', ''])
    expect(went).toEqual(['/signin?to=%2F'])
  })

  it('that was ended in another tab too goes to the sign-in page once', async () => {
    const { end, went } = await pageEndedWith(4002)
    const go = vi.mocked(location.assign)
    await Promise.all([end.signedOutElsewhere(), end.connectionEnded(), end.signOut(() => {})])
    expect(go.mock.calls.map(([url]) => url)).toEqual(went)
  })

  it('that expired keeps the draft for its user', async () => {
    const { chat, root, went } = await pageEndedWith(4001)
    expect([root.textContent, chat.drafts.read('lobby')]).toEqual(['the page', 'a draft'])
    expect(went).toEqual(['/signin?to=%2F'])
  })

  it('of a banned user leaves the page, and saves no drafts any more', async () => {
    const { chat, root, went } = await pageEndedWith(4003)
    expect([root.textContent, went]).toEqual(['the page', []])
    chat.drafts.save('lobby', 'typed after the ban')
    expect(chat.drafts.read('lobby')).toBe('')
    const room = chat.rooms.get('lobby') ?? expect.fail('no room')
    const view = { ...fakeRoomView(), ...useWriteAccess(() => room, chat) }
    const composer = mount(Composer, {
      props: { room, draft: 'a draft' },
      global: { provide: { ...inEnglish.provide, [chatKey as symbol]: chat, ...provided(fakePage(), view) } },
    })
    expect(composer.get('textarea').attributes()).toHaveProperty('readonly')
    await composer.get('form').trigger('submit')
    expect(composer.emitted('write')).toBeUndefined()
    composer.unmount()
  })
})

it.for(['the subscription', 'the outbox'] as const)(
  'sign-out › ends the session when %s cannot be ended',
  async (what) => {
    const { chat, end, storage, root } = await pageEndedWith(1006)
    const fails = async () => {
      throw new DOMException('push service error', 'AbortError')
    }
    if (what === 'the subscription') chat.endPush = fails
    else storage.shut = fails
    const fetched = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response())
    const told = vi.fn()
    await end.signOut(told)
    expect(fetched.mock.calls.map(([url]) => url)).toEqual(['/signout'])
    expect([root.textContent, told.mock.calls.length]).toEqual(['', 1])
    expect(location.assign).toHaveBeenCalledWith('/signin')
  },
)

it('sign-out › counts messages and edits that were not sent, and no reactions or deletions', async () => {
  const { chat, storage } = await pageEndedWith(1006)
  chat.write('lobby', 'hello')
  chat.edit('lobby', 1, 'edited')
  chat.react('lobby', 1, '👍', true)
  chat.remove('lobby', 2)
  expect(await countUnsent(chat, storage, 'this tab')).toBe(2)
})
