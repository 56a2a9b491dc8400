// @vitest-environment happy-dom
import { mount } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ref } from 'vue'
import { chatKey } from '../../../src/client/app/use-chat.ts'
import RoomList from '../../../src/client/navigation/RoomList.vue'
import { adjacentRoom, badgeOf, mentionsIn, type RoomRow, unreadIn } from '../../../src/client/navigation/room-list.ts'
import PeopleList from '../../../src/client/people/PeopleList.vue'
import { Statuses } from '../../../src/client/people/statuses.ts'
import RoomHeader from '../../../src/client/room/RoomHeader.vue'
import { blank } from '../../../src/client/room/room-state.ts'
import { sectionsOf } from '../../../src/shared/rooms.ts'
import { fakePage, provided } from '../support/fake-page.ts'
import { anna, bo, li } from '../support/fakes.ts'
import { inEnglish } from '../support/in-english.ts'

const row = (room: string, unread = 0, mentions = 0): RoomRow => ({
  room,
  title: room,
  peopleNames: '',
  unread,
  mentions,
})
const rows = [row('lobby'), row('oolong', 12, 1), row('pu-erh'), row('七碗茶', 200)]

function globalWith(page = fakePage(), user = li) {
  return {
    provide: {
      ...inEnglish.provide,
      [chatKey as symbol]: {
        user,
        viewer: ref({ role: 'member', isVerified: true }),
        canCreateRooms: true,
        statuses: new Statuses(),
        connection: ref({ state: 'waiting' }),
      },
      ...provided(page),
    },
  }
}

describe('room keys', () => {
  it('go up and down the list in a cycle', () => {
    expect(adjacentRoom(rows, 'lobby', 1)).toBe('oolong')
    expect(adjacentRoom(rows, 'oolong', -1)).toBe('lobby')
    expect(adjacentRoom(rows, 'lobby', -1)).toBe('七碗茶')
    expect(adjacentRoom(rows, '七碗茶', 1)).toBe('lobby')
  })

  it('skip rooms without unread messages on request', () => {
    expect(adjacentRoom(rows, 'oolong', 1, true)).toBe('七碗茶')
    expect(adjacentRoom(rows, 'lobby', -1, true)).toBe('七碗茶')
    expect(adjacentRoom(rows, 'pu-erh', -1, true)).toBe('oolong')
  })

  it('skip rooms with nothing that the user wants to hear of', () => {
    const muted: RoomRow[] = [row('lobby'), { ...row('oolong', 3, 1), notify: 'nothing' }, row('pu-erh', 1)]
    expect(adjacentRoom(muted, 'lobby', 1, true)).toBe('pu-erh')
    const quiet: RoomRow[] = [row('lobby'), { ...row('oolong', 3), notify: 'mentions' }, row('pu-erh', 1)]
    expect(adjacentRoom(quiet, 'lobby', 1, true)).toBe('pu-erh')
  })

  it('do nothing when there is no other room', () => {
    expect(adjacentRoom([row('lobby')], 'lobby', 1)).toBeUndefined()
    expect(adjacentRoom([row('lobby', 3), row('oolong')], 'lobby', 1, true)).toBeUndefined()
    expect(adjacentRoom([], 'lobby', 1)).toBeUndefined()
  })

  it('go to the list from a room that is not in it', () => {
    expect(adjacentRoom(rows, 'elsewhere', 1)).toBe('lobby')
    expect(adjacentRoom(rows, 'elsewhere', -1)).toBe('七碗茶')
  })
})

it('unread totals › count messages and mentions separately, and keep a badge short', () => {
  expect([unreadIn(rows), mentionsIn(rows)]).toEqual([212, 1])
  expect([badgeOf(99), badgeOf(100)]).toEqual(['99', '99+'])
})

describe('room list', () => {
  const hidePopover = vi.fn()
  // happy-dom knows no popovers.
  beforeEach(() => {
    HTMLElement.prototype.hidePopover = hidePopover
    hidePopover.mockClear()
  })

  function show(all = rows, page = fakePage(), user = li) {
    const wrapper = mount(RoomList, {
      props: { sections: sectionsOf(all) },
      global: globalWith(page, user),
      attachTo: document.body,
    })
    return Object.assign(wrapper, { page })
  }

  it('has a link for each room, and marks the open one', () => {
    const links = show().findAll('.rooms-list a')
    expect(links.map((link) => link.attributes('href'))).toEqual([
      '/',
      '/rooms/oolong',
      '/rooms/pu-erh',
      `/rooms/${encodeURIComponent('七碗茶')}`,
    ])
    expect(links.map((link) => link.attributes('aria-current'))).toEqual(['page', undefined, undefined, undefined])
  })

  it('shows unread messages and mentions separately, in figures and in words', () => {
    const [quiet, loud] = show().findAll('a')
    expect(loud?.get('.rooms-unread').text()).toContain('12')
    expect(loud?.get('.badge').text()).toContain('@1')
    expect(loud?.findAll('.visually-hidden').map((word) => word.text())).toEqual(['12 unread messages', '1 mention'])
    expect(loud?.classes()).toContain('unread')
    expect(quiet?.find('.rooms-unread, .badge').exists()).toBe(false)
    expect(quiet?.classes()).not.toContain('unread')
  })

  it('dims a muted room, says so in words, and keeps its counts', () => {
    const [link] = show([{ ...row('oolong', 12), notify: 'nothing' }]).findAll('a')
    expect(link?.classes()).toContain('muted')
    expect(link?.classes()).not.toContain('unread')
    expect(link?.findAll('.visually-hidden').map((word) => word.text())).toEqual(['Muted', '12 unread messages'])
  })

  it('marks all rooms as read by a button, which is there while something is unread', async () => {
    const wrapper = show([row('lobby'), { ...row('oolong', 2), request: true }])
    const form = wrapper.get('.rooms-read')
    expect(form.get('button').attributes('aria-label')).toBe('Mark all rooms as read')
    await form.trigger('submit')
    expect(wrapper.emitted('readAll')).toHaveLength(1)
    expect(document.activeElement?.getAttribute('href'), 'the focus stays in the list').toBe('/')
    await wrapper.setProps({ sections: sectionsOf([row('lobby'), { ...row('oolong', 2), left: true }]) })
    expect(wrapper.find('.rooms-read').exists()).toBe(false)
  })

  it('opens a room on a plain click, and leaves other clicks to the browser', async () => {
    const wrapper = show()
    const isTaken: boolean[] = []
    wrapper.element.addEventListener('click', (event: Event) => {
      isTaken.push(event.defaultPrevented)
      // The window of the test would go there in earnest.
      event.preventDefault()
    })
    const press = (options: MouseEventInit) => {
      const event = new MouseEvent('click', { bubbles: true, cancelable: true, ...options })
      wrapper.findAll('a')[1]?.element.dispatchEvent(event)
    }
    press({ ctrlKey: true })
    expect(wrapper.page.go).not.toHaveBeenCalled()
    expect(hidePopover).not.toHaveBeenCalled()
    press({})
    expect(wrapper.page.go.mock.calls).toEqual([['oolong']])
    expect(hidePopover).toHaveBeenCalledOnce()
    expect(isTaken).toEqual([false, true])
  })

  it('opens the switcher, the settings and the create dialog, and signs out without JavaScript', async () => {
    const wrapper = show()
    await wrapper.get('[aria-label="New room"]').trigger('click')
    await wrapper.get('button.rooms-switch').trigger('click')
    await wrapper.get('[aria-label=Settings]').trigger('click')
    expect(wrapper.page.openDialog.mock.calls).toEqual([
      [{ type: 'new-room' }],
      [{ type: 'room-switcher' }],
      [{ type: 'settings' }],
    ])
    expect(wrapper.get('form.leave').attributes()).toMatchObject({ method: 'post', action: '/signout' })
  })

  it('separates conversations, left rooms and archived rooms, and marks private ones', () => {
    const all: RoomRow[] = [
      { ...row('left', 3), left: true },
      { ...row('old'), archived: true },
      { ...row('~2'), title: 'Anna', kind: 'direct', others: [anna] },
      { ...row('~1'), title: 'cellar', kind: 'private' },
      row('lobby'),
    ]
    const wrapper = show(all, fakePage({ here: 'old' }))
    const lists = wrapper.findAll('ul').map((list) => list.findAll('a').map((link) => link.text()))
    expect(lists).toEqual([['Private roomcellar', 'lobby'], ['Anna'], ['left'], ['old']])
    expect(wrapper.findAll('.rooms-title').map((title) => title.text())).toEqual([
      'Direct messages',
      'Rooms you’ve left',
      'Archived rooms',
    ])
    expect(wrapper.findAll('details').map((group) => group.attributes('open'))).toEqual(['', '', undefined])
    expect(wrapper.get('[aria-current=page]').text()).toBe('old')
  })

  it('has no headings for empty sections', () => {
    expect(show().findAll('.rooms-title, details')).toEqual([])
  })

  it('shows a name as text', () => {
    const html = '<b>bold</b>'
    const wrapper = show([{ ...row('x'), title: html }], fakePage({ here: 'x' }), { ...li, name: html })
    expect(wrapper.get('.rooms-name').text()).toBe(html)
    expect(wrapper.get('.person-name').text()).toBe(html)
    expect(wrapper.find('b').exists()).toBe(false)
  })
})

describe('side panel', () => {
  it('is not a drawer when there is space beside the messages', () => {
    const hidePopover = vi.fn()
    HTMLElement.prototype.hidePopover = hidePopover
    const wide = Object.assign(new EventTarget(), { matches: false })
    const asked: string[] = []
    vi.stubGlobal('matchMedia', (query: string) => {
      asked.push(query)
      return wide
    })
    const wrapper = mount(PeopleList, {
      props: { room: { ...blank('lobby', li), people: [li] }, online: 1 },
      global: globalWith(),
    })
    vi.unstubAllGlobals()
    expect(asked).toEqual(['(width >= 64rem)'])
    wide.dispatchEvent(new Event('change'))
    expect(hidePopover).not.toHaveBeenCalled()
    wide.matches = true
    wide.dispatchEvent(new Event('change'))
    expect(hidePopover).toHaveBeenCalledOnce()
    wrapper.unmount()
    wide.dispatchEvent(new Event('change'))
    expect(hidePopover).toHaveBeenCalledOnce()
  })
})

describe('room header', () => {
  function show(elsewhere: number) {
    const page = fakePage()
    const props = { room: blank('oolong', li), title: 'oolong', online: 3, elsewhere }
    return Object.assign(mount(RoomHeader, { props, global: globalWith(page) }), { page })
  }

  it('shows that another room has unread messages', () => {
    expect(show(5).get('.room-header-unread').text()).toContain('5 unread messages')
    expect(show(0).find('.room-header-unread').exists()).toBe(false)
  })

  it('opens both side panels where they are drawers', () => {
    const targets = show(0)
      .findAll('button')
      .map((button) => button.attributes('popovertarget'))
    expect(targets).toEqual(['rooms', undefined, 'people'])
  })

  it('links to the room dialog', async () => {
    const wrapper = show(0)
    await wrapper.get('h1 button').trigger('click')
    expect(wrapper.page.openDialog.mock.calls).toEqual([[{ type: 'room' }]])
  })
})

describe('list of people', () => {
  function show(online: number) {
    const page = fakePage()
    return Object.assign(
      mount(PeopleList, {
        props: { room: { ...blank('lobby', li), people: [anna, li, bo] }, online },
        global: globalWith(page),
      }),
      {
        page,
      },
    )
  }

  it('starts with the user, once, and counts people who are not named', () => {
    const wrapper = show(7)
    expect(wrapper.get('h2').text()).toBe('7 online')
    expect(wrapper.findAll('.person-name').map((name) => name.text())).toEqual(['Li', 'Anna', 'Bo'])
    expect(wrapper.get('.people-rest').text()).toBe('and 4 more')
  })

  it('links to each person', async () => {
    HTMLElement.prototype.hidePopover = () => {}
    const wrapper = show(3)
    for (const button of wrapper.findAll('.person-open')) await button.trigger('click')
    expect(wrapper.page.openDialog.mock.calls).toEqual([li, anna, bo].map((user) => [{ type: 'person', user }]))
  })

  it('counts no one beside a complete list', () => {
    expect(show(3).find('.people-rest').exists()).toBe(false)
  })
})
