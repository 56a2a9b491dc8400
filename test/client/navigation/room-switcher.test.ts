// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it } from 'vitest'
import { chatKey } from '../../../src/client/app/use-chat.ts'
import RoomSwitcher from '../../../src/client/navigation/RoomSwitcher.vue'
import { choicesFor, isInvalidName } from '../../../src/client/navigation/room-choices.ts'
import type { RoomRow } from '../../../src/client/navigation/room-list.ts'
import { fakePage, provided } from '../support/fake-page.ts'
import { anna } from '../support/fakes.ts'
import { inEnglish } from '../support/in-english.ts'

const row = (room: string, unread = 0, mentions = 0): RoomRow => ({
  room,
  title: room,
  peopleNames: '',
  unread,
  mentions,
})
const rows = [row('lobby', 9), row('Oolong'), row('pu-erh', 3), row('long talks', 5, 1), row('七碗茶')]

const namesFor = (typed: string, here = 'lobby') =>
  choicesFor(typed, rows, here).map((choice) => {
    if (choice.type === 'person') return choice.user.name
    return choice.type === 'new' ? `+${choice.room}` : choice.room
  })

describe('room suggestions', () => {
  it('list mentions, then unread rooms, then others, and the current room last', () => {
    expect(namesFor('')).toEqual(['long talks', 'pu-erh', 'Oolong', '七碗茶', 'lobby'])
  })

  it('match part of the name, beginnings first', () => {
    expect(namesFor('LONG')).toEqual(['long talks', 'Oolong', '+LONG'])
    expect(namesFor('碗')).toEqual(['七碗茶', '+碗'])
  })

  it('start with an exact match', () => {
    expect(namesFor('lobby')).toEqual(['lobby'])
    expect(
      choicesFor('tea', [row('teahouse', 1, 1), row('tea')], 'tea').map((choice) => 'room' in choice && choice.room),
    ).toEqual(['tea', 'teahouse'])
  })

  it('list left and archived rooms last, except the current one', () => {
    const all = [
      { ...row('tea 1'), archived: true },
      { ...row('tea 2', 9), left: true },
      row('tea 3'),
      row('tea 4', 1),
      row('tea 5'),
    ]
    expect(choicesFor('', all, 'tea 3').map((choice) => 'room' in choice && choice.room)).toEqual([
      'tea 4',
      'tea 5',
      'tea 1',
      'tea 2',
      'tea 3',
    ])
  })

  it('offer no new room with a name or address that is in use', () => {
    const all = [{ ...row('~1'), title: 'Cellar' }]
    expect(choicesFor('Cellar', all, 'lobby').map(({ type }) => type)).toEqual(['room'])
    expect(choicesFor('~2', all, 'lobby')).toEqual([])
    expect(isInvalidName('~2')).toBe(true)
  })

  it('offer a new room for a valid unused name', () => {
    expect(namesFor('  new room ')).toEqual(['+new room'])
    expect(namesFor('x'.repeat(65))).toEqual([])
    expect(namesFor('\u200b')).toEqual([])
  })

  it('say which names are invalid', () => {
    expect(isInvalidName('x'.repeat(65))).toBe(true)
    expect(isInvalidName('a\u202eb')).toBe(true)
    expect(isInvalidName('x'.repeat(64))).toBe(false)
    expect(isInvalidName('  ')).toBe(false)
  })
})

describe('people in the room switcher', () => {
  it('stand between the rooms and the new room', () => {
    const names = choicesFor('long', rows, 'lobby', [anna]).map(({ type }) => type)
    expect(names).toEqual(['room', 'room', 'person', 'new'])
  })
})

describe('room switcher', () => {
  afterEach(() => document.body.replaceChildren())

  function show() {
    const page = fakePage()
    const chat = { rooms: new Map(rows.map((one) => [one.room, one])), canCreateRooms: true }
    const wrapper = mount(RoomSwitcher, {
      global: { provide: { ...inEnglish.provide, [chatKey as symbol]: chat, ...provided(page) } },
      attachTo: document.body,
    })
    const box = wrapper.get<HTMLInputElement>('[role=combobox]')
    const active = () => document.getElementById(box.attributes('aria-activedescendant') ?? '')?.textContent ?? ''
    return { wrapper, page, box, active }
  }

  it('focuses its box, and selects the first suggestion', () => {
    const { box, active } = show()
    expect(document.activeElement).toBe(box.element)
    expect(active()).toContain('long talks')
    expect(active()).toContain('5 unread messages')
    expect(active()).toContain('1 mention')
  })

  it('opens the room selected with the arrow keys, in a cycle, and closes', async () => {
    const { wrapper, page, box, active } = show()
    await box.trigger('keydown', { key: 'ArrowUp' })
    expect(active()).toContain('lobby')
    await box.trigger('keydown', { key: 'ArrowDown' })
    await box.trigger('keydown', { key: 'ArrowDown' })
    expect(active()).toContain('pu-erh')
    await box.trigger('keydown', { key: 'Enter' })
    expect(page.go.mock.calls).toEqual([['pu-erh']])
    expect(wrapper.emitted('close')).toHaveLength(1)
  })

  it('selects the first suggestion again after typing', async () => {
    const { box, active } = show()
    await box.trigger('keydown', { key: 'ArrowDown' })
    await box.setValue('oo')
    expect(active()).toContain('Oolong')
  })

  it('creates a room that does not exist only when that was chosen', async () => {
    const { page, box, active } = show()
    await box.setValue('gong fu')
    await box.trigger('keydown', { key: 'Enter' })
    expect(page.go.mock.calls).toEqual([])
    await box.trigger('keydown', { key: 'ArrowDown' })
    expect(active()).toBe('Create public room “gong fu”')
    await box.trigger('keydown', { key: 'Enter' })
    expect(page.go.mock.calls).toEqual([['gong fu']])
  })

  it('says which names are valid, and opens nothing', async () => {
    const { wrapper, page, box } = show()
    await box.setValue('x'.repeat(65))
    expect(wrapper.get('[role=status]').text()).toContain('1 to 64 visible characters')
    expect(box.attributes('aria-expanded')).toBe('false')
    await box.trigger('keydown', { key: 'Enter' })
    expect(page.go).not.toHaveBeenCalled()
  })

  it('leaves the Enter of an input method alone', async () => {
    const { page, box } = show()
    await box.trigger('keydown', { key: 'Enter', isComposing: true })
    await box.trigger('keydown', { key: 'Enter', keyCode: 229 })
    expect(page.go).not.toHaveBeenCalled()
  })

  it('opens the create dialog with the typed text', async () => {
    const { wrapper, page, box } = show()
    await box.setValue('gong fu')
    await wrapper.findAll('button').at(-1)?.trigger('click')
    expect(page.openDialog.mock.calls).toEqual([[{ type: 'new-room', name: 'gong fu' }]])
  })

  it('opens a clicked room', async () => {
    const { wrapper, page } = show()
    await wrapper.findAll('[role=option]')[1]?.trigger('click')
    expect(page.go.mock.calls).toEqual([['pu-erh']])
  })
})
