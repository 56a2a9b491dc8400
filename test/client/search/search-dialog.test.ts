// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import SearchDialog from '../../../src/client/search/SearchDialog.vue'
import { DialogFixture } from '../support/dialog-fixture.ts'
import { anna, bo } from '../support/fakes.ts'

const message = {
  type: 'chat',
  room: 'tea',
  id: 9,
  user: anna,
  at: 1_700_000_000_000,
  data: '*Green* tea, 上海',
} as const
const rooms = [{ room: 'tea', name: 'Tea' }]

beforeEach(() => {
  document.body.replaceChildren()
  localStorage.clear()
  Element.prototype.scrollIntoView = () => {}
})

function shown(props = {}) {
  const fixture = new DialogFixture({ room: 'tea', name: 'Tea' })
  const { wrapper, press, button } = fixture.show(SearchDialog, props)
  async function search(query: string) {
    await wrapper.get('input').setValue(query)
    await wrapper.get('form').trigger('submit')
    await flushPromises()
  }
  const found = (query: string, more = {}) =>
    fixture.answer('search', { type: 'found', query, data: [message], rooms, more: false, ...more })
  return { fixture, wrapper, press, button, search, found }
}

describe('search dialog', () => {
  it('lists what is found with its room, the words marked, page by page, and opens it in its room', async () => {
    const { fixture, wrapper, press, search, found } = shown()
    await search(' green 上海 ')
    expect(fixture.sent('search')).toEqual({ type: 'search', query: 'green 上海' })
    expect(wrapper.get('[role=status]').text()).toBe('Loading…')
    await found('green 上海', { more: true, cursor: 7 })
    expect(wrapper.get('.listed-message').text()).toMatch(/Anna.*Tea.*Green tea, 上海/)
    expect(wrapper.findAll('mark').map((mark) => mark.text())).toEqual(['Green', '上海'])
    expect(wrapper.get('[role=status]').text()).toBe('The newest message')
    await press('Search older messages')
    expect(fixture.sent('search')).toMatchObject({ cursor: 7 })
    await found('green 上海', { data: [{ ...message, id: 3 }] })
    expect(wrapper.get('[role=status]').text()).toBe('2 messages')
    await wrapper.findAll('.found-message')[1]?.trigger('click')
    expect(fixture.page.go.mock.calls).toEqual([['tea', 3]])
  })

  it('shows the words around what was found in the text of a file, marked, as text', async () => {
    const { wrapper, search, found } = shown()
    await search('oolong')
    const files = [
      { id: 'a', name: 'menu.jpg', type: 'image/jpeg', bytes: 9 },
      { id: 'b', name: 'notes.txt', type: 'text/plain', bytes: 9 },
    ]
    await found('oolong', {
      data: [
        { ...message, files },
        { ...message, id: 8 },
      ],
      excerpts: [{ file: 'b', text: '…the <b>Oolong</b> of spring' }],
    })
    expect(wrapper.findAll('.found-message-excerpt').map((one) => one.text())).toEqual([
      'notes.txt: …the <b>Oolong</b> of spring',
    ])
    expect(wrapper.findAll('mark').map((mark) => mark.text())).toEqual(['Oolong'])
  })

  it('asks again when the user goes back, for as many pages, and returns to the message that was opened', async () => {
    const { fixture, wrapper, press, search, found } = shown()
    await search('tea')
    await found('tea', { cursor: 7 })
    await press('Search older messages')
    await found('tea', { data: [{ ...message, id: 3 }], cursor: 2 })
    await wrapper.findAll('.found-message')[1]?.trigger('click')
    window.dispatchEvent(new PopStateEvent('popstate', { state: null }))
    expect(fixture.page.openDialog).not.toHaveBeenCalled()
    window.dispatchEvent(new PopStateEvent('popstate', { state: history.state }))
    const [[dialog] = []] = fixture.page.openDialog.mock.calls
    expect(dialog).toEqual({ type: 'search', place: { query: 'tea', pages: 2, room: 'tea', id: 3, index: 1 } })
    const again = shown({ ...dialog, type: undefined })
    await flushPromises()
    expect(again.wrapper.get('input').element.value).toBe('tea')
    expect(again.wrapper.findAll('.found-message')).toHaveLength(0)
    await again.found('tea', { data: [{ ...message, id: 11 }, message], cursor: 7 })
    expect(again.fixture.sent('search')).toMatchObject({ query: 'tea', cursor: 7 })
    await again.found('tea', { data: [{ ...message, id: 3 }], cursor: 2 })
    const links = again.wrapper.findAll('.found-message')
    expect(links).toHaveLength(3)
    expect(document.activeElement).toBe(links[2]?.element)
  })

  it('returns to the message beside one that is gone, and to the box when nothing is left', async () => {
    const place = { query: 'tea', pages: 1, room: 'tea', id: 3, index: 1 }
    const first = shown({ place })
    await flushPromises()
    await first.found('tea')
    expect(document.activeElement).toBe(first.wrapper.get('.found-message').element)
    first.wrapper.unmount()
    const second = shown({ place })
    await flushPromises()
    await second.found('tea', { data: [], rooms: [] })
    expect(document.activeElement).toBe(second.wrapper.get('input').element)
  })

  it('leaves the focus where the user has put it while the list is loaded again', async () => {
    const { wrapper, found, button } = shown({ place: { query: 'tea', pages: 1, room: 'tea', id: 9, index: 0 } })
    await flushPromises()
    button('From me')?.element.focus()
    await found('tea')
    expect(wrapper.findAll('.found-message')).toHaveLength(1)
    expect(document.activeElement).toBe(button('From me')?.element)
  })

  it('leaves the user in the box who types another query while the list is loaded again', async () => {
    const { wrapper, found } = shown({ place: { query: 'tea', pages: 1, room: 'tea', id: 9, index: 0 } })
    await flushPromises()
    const box = wrapper.get('input')
    box.element.focus()
    await box.setValue('teapot')
    await found('tea')
    expect(wrapper.findAll('.found-message')).toHaveLength(1)
    expect(document.activeElement).toBe(box.element)
  })

  it('answers a query that is submitted while more of it, or of another, is loaded', async () => {
    const { fixture, wrapper, press, search, found } = shown()
    for (const query of ['tea', 'green']) {
      await search('tea')
      await found('tea', { cursor: 7 })
      await press('Search older messages')
      await search(query)
      expect(wrapper.findAll('.found-message')).toHaveLength(0)
      await found('tea', { data: [{ ...message, id: 3 }] })
      expect(wrapper.findAll('.found-message'), 'the rest of the list before').toHaveLength(0)
      expect(fixture.sent('search')).toMatchObject({ query })
      expect(fixture.sent('search')).not.toHaveProperty('cursor')
      await found(query)
      expect(wrapper.findAll('.found-message')).toHaveLength(1)
    }
  })

  it('says that nothing was found, that older messages are not indexed, and what is wrong', async () => {
    const { fixture, wrapper, search, found } = shown()
    await search('tea')
    await found('tea', { data: [], incomplete: true })
    expect(wrapper.text()).toContain('No messages found.')
    expect(wrapper.text()).toContain('Older messages are still being indexed')
    await search('has:cake')
    expect(wrapper.get('[role=alert]').text()).toBe('You can search for has:file and has:link.')
    expect(fixture.sent('search')).toMatchObject({ query: 'tea' })
    await search('coffee')
    await fixture.refuse('search', 'too-fast')
    expect(wrapper.get('[role=alert]').text()).not.toBe('')
  })

  it('keeps what was searched for last, until it is cleared', async () => {
    const first = shown()
    for (const query of ['tea', 'coffee', 'tea']) {
      await first.search(query)
      await first.found(query)
    }
    const { wrapper, press, fixture } = shown()
    expect(wrapper.findAll('.search-recent').map((one) => one.text())).toEqual(['tea', 'coffee'])
    await press('coffee')
    expect(fixture.sent('search')).toMatchObject({ query: 'coffee' })
    await fixture.answer('search', { type: 'found', query: 'coffee', data: [], rooms: [], more: false })
    const again = shown()
    await again.press('Clear recent searches')
    expect(shown().wrapper.findAll('.search-recent')).toEqual([])
  })

  it('adds filters to the query and takes them away', async () => {
    const { wrapper, press } = shown()
    const { element } = wrapper.get('input')
    await press('This room')
    await press('From me')
    expect(element.value).toBe('in:"tea" from:me')
    expect(wrapper.findAll('[aria-pressed=true]').map((one) => one.text())).toEqual(['This room', 'From me'])
    await press('This room')
    expect(element.value).toBe('from:me')
    await wrapper.get('input').setValue('from:melanie')
    expect(wrapper.findAll('[aria-pressed=true]')).toEqual([])
    await press('From me')
    expect(element.value).toBe('from:melanie from:me')
  })

  it('shows nothing of a blocked person', async () => {
    const { fixture, wrapper, search, found } = shown()
    await search('tea')
    await found('tea', { data: [message, { ...message, id: 3, user: bo }] })
    await fixture.hears({ type: 'blocks', data: [anna] })
    expect(wrapper.findAll('.found-message')).toHaveLength(1)
    expect(wrapper.get('[role=status]').text()).toBe('1 message')
  })
})
