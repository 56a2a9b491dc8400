import { DOMWrapper, flushPromises, mount } from '@vue/test-utils'
import { onTestFinished } from 'vitest'
import type { Component } from 'vue'
import { storageInMemory } from '../../../clients/js/src/memory-storage.ts'
import { Chat } from '../../../src/client/app/chat.ts'
import { chatKey } from '../../../src/client/app/use-chat.ts'
import { languageKey } from '../../../src/client/locale/language.ts'
import type { PageState } from '../../../src/shared/page-state.ts'
import type { RoomSummary } from '../../../src/shared/protocol/types.ts'
import { fakePage, provided } from './fake-page.ts'
import { english, FakeWorld, opened, pageState, summary } from './fakes.ts'
import { inEnglish } from './in-english.ts'

/** A page with one room and an open connection, and the frames on it. */
export class DialogFixture {
  readonly world = new FakeWorld()
  readonly chat: Chat
  readonly page: ReturnType<typeof fakePage>

  constructor(room: Partial<RoomSummary> = {}, page: Partial<PageState> = {}) {
    const rooms = [summary(room)]
    this.chat = new Chat(
      pageState({ rooms, opened: opened({ room: rooms[0]?.room ?? 'lobby' }), ...page }),
      this.world,
      storageInMemory(),
      'this tab',
    )
    this.page = fakePage({ here: rooms[0]?.room ?? 'lobby' })
    this.chat.start()
    this.world.line.opens(page.rooms ?? rooms, page.role)
  }

  get room() {
    const [room] = this.chat.rooms.values()
    if (!room) throw new Error('There is no room.')
    return room
  }

  /** The last frame of that type that was sent. */
  sent(type: string) {
    return this.world.line.frames.findLast((frame) => frame.type === type)
  }

  async hears(frame: object) {
    this.world.line.hears(frame)
    await flushPromises()
  }

  /** Answers the last frame of that type. */
  async answer(type: string, answer: object = { type: 'done' }) {
    await this.hears({ key: this.sent(type)?.key, ...answer })
  }

  refuse(type: string, code: string) {
    const frame = this.sent(type)
    return this.hears({ type: 'error', code, message: '', command: frame?.type, key: frame?.key, room: frame?.room })
  }

  show<Shown extends Component>(component: Shown, props: Record<string, unknown> = {}, language = english) {
    const wrapper = mount(component as Component, {
      props,
      global: {
        provide: {
          ...inEnglish.provide,
          [languageKey as symbol]: language,
          [chatKey as symbol]: this.chat,
          ...provided(this.page),
        },
      },
      attachTo: document.body,
    })
    onTestFinished(() => wrapper.unmount())
    const button = (name: string) =>
      wrapper.findAll('button').find((one) => one.text() === name || one.attributes('aria-label') === name)
    return {
      wrapper,
      button,
      has: (name: string) => button(name) !== undefined,
      press: async (name: string) => {
        const found = button(name)
        if (!found) throw new Error(`There is no button "${name}".`)
        // Of one that sends a form, the test's window would not.
        await (found.attributes('type') === 'submit'
          ? new DOMWrapper(found.element.closest('form')).trigger('submit')
          : found.trigger('click'))
        await flushPromises()
      },
      choose: (name: string) =>
        wrapper
          .findAll('label')
          .find((label) => label.text() === name)
          ?.get('input')
          .setValue(true),
      fault: () => wrapper.find('[role=alert]').text(),
    }
  }
}
