// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import App from '../../../src/client/app/App.vue'
import type { PageState } from '../../../src/shared/page-state.ts'
import { DialogFixture } from '../support/dialog-fixture.ts'
import { anna, entries, entry, FakeClock, li, opened, summary } from '../support/fakes.ts'
import { inEnglish } from '../support/in-english.ts'

const leftBehind: (() => void)[] = []
beforeEach(() => {
  document.body.replaceChildren()
  // happy-dom knows no popovers.
  HTMLElement.prototype.hidePopover = () => {}
  HTMLElement.prototype.showPopover = () => {}
  history.replaceState(null, '', '/rooms/tea')
})
afterEach(() => {
  for (const leave of leftBehind.splice(0)) leave()
  history.replaceState(null, '', '/')
})

/** In the room “tea”, with a lobby beside it unless told otherwise. */
function show(page: Partial<PageState> = {}, { unsent = 0, signOut = vi.fn() } = {}) {
  const rooms = [summary(), summary({ room: 'tea', name: 'Tea' })]
  const fixture = new DialogFixture({}, { rooms, opened: opened({ room: 'tea', list: [li, anna] }), ...page })
  const props = {
    chat: fixture.chat,
    settings: { enterSends: true, opensAtEnd: false, sound: false, notify: false },
    clock: new FakeClock(),
    first: 'tea',
    typed: '',
    build: 'this build',
    countUnsent: async () => unsent,
    signOut,
  }
  const app = mount(App, { props, global: inEnglish, attachTo: document.body })
  leftBehind.push(() => app.unmount())
  return { fixture, app, said: () => app.find('.toast').exists() && app.get('.toast').text() }
}

const title = (app: ReturnType<typeof show>['app']) => app.get('.room-header-name').text()

describe('app › marking all rooms as read', () => {
  it('asks the server, by the button and by Shift+Esc, and shows what it answers', async () => {
    const { fixture, app } = show({
      rooms: [summary({ last: 2, read: 0, unread: 2 }), summary({ room: 'tea', name: 'Tea' })],
    })
    expect(app.get('.rooms-unread').text()).toContain('2')
    await app.get('.rooms-read').trigger('submit')
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', shiftKey: true, bubbles: true }))
    const asked = fixture.world.line.frames.filter(({ type }) => type === 'read-all')
    expect(asked).toEqual([{ type: 'read-all' }, { type: 'read-all' }])
    await fixture.hears({ type: 'read', room: 'lobby', id: 2 })
    expect(app.find('.rooms-unread, .rooms-read').exists()).toBe(false)
  })

  it('says that there is no connection', async () => {
    const { fixture, app, said } = show({
      rooms: [summary({ last: 2, read: 0, unread: 2 }), summary({ room: 'tea', name: 'Tea' })],
    })
    fixture.world.line.events.closed(1006)
    await app.get('.rooms-read').trigger('submit')
    await expect.poll(said).toBe('No connection. Retrying…')
    expect(app.find('.rooms-unread').exists()).toBe(true)
  })
})

describe('app › losing the open room', () => {
  it('goes to the lobby when the user can no longer view it, says why, and the back button does not return', async () => {
    const { fixture, app, said } = show()
    expect(title(app)).toBe('Tea')
    await fixture.hears({ type: 'room', room: 'tea', gone: true })
    expect(title(app)).toBe('lobby')
    expect(location.pathname).toBe('/')
    await expect.poll(said).toBe('You’re no longer in “Tea”.')
  })

  it('goes to another room when the user left it, and does not join it again', async () => {
    const { fixture, app } = show()
    await fixture.hears({ type: 'room', ...summary({ room: 'tea', name: 'Tea', left: true }) })
    expect(title(app)).toBe('lobby')
    expect(fixture.world.line.frames.filter(({ type, room }) => type === 'open' && room === 'tea')).toHaveLength(1)
    expect(app.findAll('.rooms-title').map((one) => one.text())).toEqual(['Rooms you’ve left'])
  })

  it('stays in the room when another room is lost', async () => {
    const { fixture, app } = show()
    await fixture.hears({ type: 'room', room: 'lobby', gone: true })
    expect(title(app)).toBe('Tea')
    expect(app.find('.toast').exists()).toBe(false)
  })

  it('shows no room after the last one, and lists the rooms that can be opened', async () => {
    const { fixture, app } = show({ rooms: [summary({ room: 'tea', name: 'Tea' })] })
    await fixture.hears({ type: 'room', room: 'tea', gone: true })
    await expect.poll(() => app.text()).toContain('You’re not in any rooms')
    expect(app.get('.empty button').attributes('popovertarget')).toBe('rooms')
    await expect.poll(() => document.title).toBe('Rooms · Teahouse')
    expect(location.pathname).toBe('/')
    await fixture.hears({ type: 'room', ...summary({ room: 'attic', name: 'Attic' }) })
    await app.get('.rooms-room').trigger('click')
    expect(title(app)).toBe('Attic')
  })

  it('closes a dialog about the room', async () => {
    const { fixture, app } = show()
    await app.get('.room-header-details').trigger('click')
    await expect.poll(() => app.find('dialog').exists()).toBe(true)
    await fixture.hears({ type: 'room', room: 'tea', gone: true })
    expect(app.find('dialog').exists()).toBe(false)
  })
})

describe('app › a dialog about the room', () => {
  const back = async () => {
    history.replaceState(null, '', '/')
    window.dispatchEvent(new PopStateEvent('popstate'))
    await flushPromises()
  }

  it('closes when the user goes back to another room, and changes nothing there', async () => {
    const { fixture, app } = show({ rooms: [summary(), summary({ room: 'tea', name: 'Tea', role: 'moderator' })] })
    await app.get('.room-header-details').trigger('click')
    await expect.poll(() => app.find('dialog #room-name').exists()).toBe(true)
    await app.get('#room-name').setValue('Renamed tea')
    await back()
    expect([title(app), app.find('dialog').exists(), fixture.sent('change')]).toEqual(['lobby', false, undefined])
  })

  it('stays open when a message of the same room is to be shown', async () => {
    const { app } = show()
    await app.get('.room-header-details').trigger('click')
    await expect.poll(() => app.find('dialog').exists()).toBe(true)
    history.replaceState(null, '', '/rooms/tea/2')
    window.dispatchEvent(new PopStateEvent('popstate'))
    await flushPromises()
    expect(app.find('dialog').exists()).toBe(true)
  })
})

it('app › shows a message again when the user asks for the same one again', async () => {
  const scrolled = vi.fn()
  HTMLElement.prototype.scrollIntoView = scrolled
  show()
  const toMessage = async () => {
    scrolled.mockClear()
    history.replaceState(null, '', '/rooms/tea/2')
    window.dispatchEvent(new PopStateEvent('popstate'))
    await flushPromises()
    return scrolled.mock.contexts.map((element) => (element as Element).id)
  }
  expect(await toMessage()).toContain('m2')
  expect(await toMessage()).toContain('m2')
})

it('app › passes no property to an element that has none of that name', async () => {
  const warned = vi.spyOn(console, 'warn')
  const request = summary({ room: 'tea', name: '', kind: 'direct', people: [anna], request: true })
  const { app } = show({ rooms: [summary(), request] })
  await expect.poll(() => app.find('.request').exists()).toBe(true)
  expect(app.get('.request').attributes()).toEqual({ class: 'request', 'aria-label': 'Requests' })
  expect(warned).not.toHaveBeenCalled()
  warned.mockRestore()
})

describe('app › unsent messages of a lost room', () => {
  const lose = async (page: Partial<PageState> = {}) => {
    const shown = show(page)
    const { fixture, app } = shown
    fixture.world.line.events.closed(1006)
    fixture.chat.write('tea', 'a long thought')
    fixture.chat.react('tea', 1, '👍', true)
    await fixture.hears({ type: 'room', room: 'tea', gone: true })
    await expect.poll(() => app.find('.undeliverable').exists()).toBe(true)
    return shown
  }

  it('are shown until their author discards them, and do not count as waiting', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const { app } = await lose()
    await vi.advanceTimersByTimeAsync(2_000)
    vi.useRealTimers()
    expect(app.findAll('.undeliverable-text').map((one) => one.text())).toEqual(['a long thought'])
    expect([app.find('.banner').exists(), app.find('.banner-waiting').exists()]).toEqual([true, false])
    const discard = app.findAll('.undeliverable button').find((button) => button.text() === 'Discard')
    await discard?.trigger('click')
    expect(app.find('.undeliverable').exists()).toBe(false)
  })

  it('in rooms that are not lost count as waiting, without reactions and deletions', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { fixture, app } = show()
    fixture.world.line.events.closed(1006)
    await flushPromises()
    fixture.chat.react('tea', 1, '👍', true)
    fixture.chat.react('tea', 2, '👍', true)
    fixture.chat.remove('tea', 3)
    await vi.advanceTimersByTimeAsync(2_000)
    expect([app.find('.banner').exists(), app.find('.banner-waiting').exists()]).toEqual([true, false])
    fixture.chat.write('tea', 'hello')
    fixture.chat.edit('tea', 1, 'edited')
    await flushPromises()
    expect(app.get('.banner-waiting').text()).toMatch(/^2 /)
  })

  it('are shown when no room is left too', async () => {
    const { app } = await lose({ rooms: [summary({ room: 'tea', name: 'Tea' })] })
    expect(app.text()).toContain('You’re not in any rooms')
    expect(app.get('.undeliverable-text').text()).toBe('a long thought')
  })

  it('are shown without the waiting messages of other rooms', async () => {
    const { fixture, app } = await lose()
    fixture.chat.write('lobby', 'later')
    await flushPromises()
    expect(app.findAll('.undeliverable-text')).toHaveLength(1)
  })
})

it('app › a new room that may not be opened is reported and left', async () => {
  const { fixture, app, said } = show()
  history.pushState(null, '', '/rooms/attic')
  window.dispatchEvent(new Event('popstate'))
  await flushPromises()
  expect(title(app)).toBe('attic')
  await fixture.hears({ type: 'error', code: 'no-such-room', message: '', command: 'open', room: 'attic' })
  expect(title(app)).toBe('lobby')
  await expect.poll(said).toBe('Couldn’t open “attic”.')
})

it('app › a new room is offered only to users who may create one', async () => {
  const offered = async (canViewPublic: boolean) => {
    const { app } = show({ canViewPublic, canCreateRooms: canViewPublic })
    await app.get('button.rooms-switch').trigger('click')
    await expect.poll(() => app.find('dialog .room-switcher-name').exists()).toBe(true)
    await app.get('.room-switcher-name').setValue('Attic')
    return [
      app.find('.rooms-new').exists(),
      app.find('dialog .dialog-action').exists(),
      app.findAll('[role=option]').length,
    ]
  }
  expect(await offered(true)).toEqual([true, true, 1])
  expect(await offered(false)).toEqual([false, false, 0])
})

describe('app › a person dialog opens', () => {
  const cardOf = async (app: ReturnType<typeof show>['app']) => {
    await expect.poll(() => app.find('dialog').exists()).toBe(true)
    return app.get('dialog h2').text()
  }

  it('from the list of people', async () => {
    const { app } = show()
    await app.findAll('.person-open')[1]?.trigger('click')
    expect(await cardOf(app)).toBe('Anna')
  })

  it('from the name at a message', async () => {
    const { app } = show()
    await app.get('.message-name').trigger('click')
    expect(await cardOf(app)).toBe('Anna')
  })
})

describe('app › messages', () => {
  const inTea = (from: number, to: number) => entries(from, to).map((one) => ({ ...one, room: 'tea' }))
  const showOld = async () => {
    const messages = [...inTea(851, 899), { ...entry(900, 'as I said', anna), room: 'tea', reply: 5 }]
    const { fixture, app } = show({ opened: opened({ room: 'tea', last: 900, messages, more: true }) })
    await fixture.hears(opened({ room: 'tea', last: 900, entries: [] }))
    return { fixture, app }
  }

  it('are fetched around the one that a reply quotes, also while older ones are on their way', async () => {
    const { fixture, app } = await showOld()
    expect(fixture.sent('history')).toMatchObject({ before: 851 })
    await app.get('.quote').trigger('click')
    expect(fixture.sent('history')).toMatchObject({ around: 5 })
    await fixture.hears({ ...entry(901), room: 'tea' })
    await fixture.hears({ type: 'history', room: 'tea', around: 5, messages: inTea(1, 50), more: false })
    expect(app.get('#m5').classes()).toContain('target')
  })

  it('from before are not read out, however soon one page follows another', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { fixture, app } = await showOld()
    const live = () => app.get('[role=log]').attributes('aria-live')
    expect(live()).toBe('off')
    await fixture.hears({ type: 'history', room: 'tea', before: 851, messages: inTea(821, 850), more: true })
    await vi.advanceTimersByTimeAsync(900)
    fixture.chat.fetch('tea', { to: 'older' })
    await vi.advanceTimersByTimeAsync(200)
    expect(live()).toBe('off')
    await fixture.hears({ type: 'history', room: 'tea', before: 821, messages: inTea(1, 820), more: false })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(live()).toBe('polite')
  })
})

describe('app › signing out', () => {
  it('happens at once when no message would be lost', async () => {
    const signOut = vi.fn()
    const { app } = show({}, { signOut })
    await app.get('form.leave').trigger('submit')
    await flushPromises()
    expect(signOut).toHaveBeenCalledOnce()
  })

  it('is confirmed first for a guest, who can be forgotten', async () => {
    const signOut = vi.fn()
    const { app } = show({ role: 'guest' }, { signOut })
    await app.get('form.leave').trigger('submit')
    await expect.poll(() => app.find('dialog .alert').exists()).toBe(true)
    expect(app.get('dialog a').attributes('href')).toBe('/account')
    await app.get('dialog input[type=checkbox]').setValue(true)
    await app.get('dialog .alert').trigger('click')
    expect(signOut).toHaveBeenCalledExactlyOnceWith('forget')
  })

  it('is confirmed first when messages would be lost', async () => {
    const signOut = vi.fn()
    const { app } = show({}, { unsent: 2, signOut })
    await app.get('form.leave').trigger('submit')
    await expect.poll(() => app.find('dialog .alert').exists()).toBe(true)
    expect(signOut).not.toHaveBeenCalled()
    await app.get('dialog .alert').trigger('click')
    expect(signOut).toHaveBeenCalledOnce()
  })
})

describe('app › composer', () => {
  it('sends nothing from the start while the user is muted', async () => {
    const muted = summary({ room: 'tea', name: 'Tea', mutedUntil: Date.now() + 60_000 })
    const { fixture, app } = show({ rooms: [summary(), muted] })
    await app.get('#composer').setValue('a draft')
    await app.get('form.composer').trigger('submit')
    expect(fixture.sent('chat')).toBeUndefined()
    expect(fixture.chat.items.value).toEqual([])
  })

  it('sends nothing while the user is muted, keeps the draft, and sends it afterwards', async () => {
    const { fixture, app } = show()
    await fixture.hears(opened({ room: 'tea', entries: [], list: [li, anna] }))
    const status = app.get('.composer-status[role=status]')
    expect(status.text()).toBe('')
    await fixture.hears({ type: 'room', ...summary({ room: 'tea', name: 'Tea', mutedUntil: Date.now() + 60_000 }) })
    await expect.poll(() => status.find('.write-blocked').exists()).toBe(true)
    const box = app.get<HTMLTextAreaElement>('#composer')
    expect(box.attributes('aria-describedby')).toBe('write-blocked')
    expect(app.get('.composer-send').attributes('aria-disabled')).toBe('true')
    await box.setValue('a draft')
    await app.get('form.composer').trigger('submit')
    expect([fixture.sent('chat'), box.element.value, box.attributes('readonly')]).toEqual([
      undefined,
      'a draft',
      undefined,
    ])
    await fixture.hears({ type: 'room', ...summary({ room: 'tea', name: 'Tea' }) })
    expect(app.find('.write-blocked').exists()).toBe(false)
    await app.get('form.composer').trigger('submit')
    expect(fixture.sent('chat')).toMatchObject({ data: 'a draft' })
  })

  it('allows editing a message in a slow room while the next one has to wait', async () => {
    const wroteAt = Date.now()
    const { fixture, app } = show({
      rooms: [summary(), summary({ room: 'tea', name: 'Tea', slowMs: 60_000 })],
      opened: opened({ room: 'tea', messages: [{ ...entry(3, 'mien', li), room: 'tea', at: wroteAt }] }),
    })
    await fixture.hears(opened({ room: 'tea', entries: [] }))
    await expect.poll(() => app.find('.write-blocked').exists()).toBe(true)
    await app.get('#composer').setValue('more')
    await app.get('form.composer').trigger('submit')
    expect(fixture.sent('chat')).toBeUndefined()
    await app.get('#composer').setValue('')
    await app.get('#composer').trigger('keydown', { key: 'ArrowUp' })
    await app.get('#composer').setValue('mine')
    expect(app.get('.composer-send').attributes('aria-disabled')).toBeUndefined()
    await app.get('form.composer').trigger('submit')
    expect(fixture.sent('edit')).toMatchObject({ ref: 3, data: 'mine' })
  })

  it('is disabled where the user can never write', async () => {
    const { fixture, app } = show()
    await app.get('#composer').setValue('a draft')
    await fixture.hears({ ...entry(4), type: 'room', room: 'tea', data: { archived: true } })
    await expect.poll(() => app.get('#composer').attributes()).toHaveProperty('readonly')
    expect(app.get<HTMLTextAreaElement>('#composer').element.value).toBe('a draft')
  })

  it('offers no editing where the user cannot write', async () => {
    const { fixture, app } = show({
      opened: opened({ room: 'tea', messages: [{ ...entry(3, 'mine', li), room: 'tea' }] }),
    })
    await app.get('#composer').setValue('')
    await fixture.hears({ ...entry(4), type: 'room', room: 'tea', data: { archived: true } })
    await expect.poll(() => app.get('#composer').attributes()).toHaveProperty('readonly')
    await app.get('#composer').trigger('keydown', { key: 'ArrowUp' })
    expect(app.get<HTMLTextAreaElement>('#composer').element.value).toBe('')
  })
})

describe('app › a private room without messages', () => {
  const empty = (role?: 'moderator') =>
    show({
      rooms: [summary({ room: 'tea', name: 'Tea', kind: 'private', last: 0, read: 0, ...(role && { role }) })],
      opened: opened({ room: 'tea', last: 0, messages: [] }),
    })

  it('offers its moderators to invite someone, and no one else', async () => {
    const { app } = empty('moderator')
    await expect.poll(() => app.find('.empty-invite').exists()).toBe(true)
    await app.get('.empty-invite').trigger('click')
    await expect
      .poll(() => app.find('dialog h2').exists() && app.get('dialog h2').text())
      .toBe('Invite to \u2068Tea\u2069')
    const other = empty()
    await vi.dynamicImportSettled()
    expect(other.app.get('.empty').text()).toContain('No messages yet')
    expect(other.app.find('.empty-invite').exists()).toBe(false)
  })
})
