// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { h, provide, shallowRef } from 'vue'
import WriteBlockedNotice from '../../../src/client/composer/WriteBlockedNotice.vue'
import InvitationsDialog from '../../../src/client/invitations/InvitationsDialog.vue'
import MentionsDialog from '../../../src/client/message/MentionsDialog.vue'
import NewRoomDialog from '../../../src/client/navigation/NewRoomDialog.vue'
import MembersDialog from '../../../src/client/people/MembersDialog.vue'
import RoomDialog from '../../../src/client/room/RoomDialog.vue'
import { roomViewKey } from '../../../src/client/room/use-room-view.ts'
import { useWriteAccess } from '../../../src/client/room/use-write-access.ts'
import SavedDialog from '../../../src/client/saved/SavedDialog.vue'
import Toast from '../../../src/client/toast/Toast.vue'
import type { RoomMember, RoomSummary } from '../../../src/shared/protocol/types.ts'
import { DialogFixture } from '../support/dialog-fixture.ts'
import { fakeRoomView } from '../support/fake-page.ts'
import { anna, bo, li, opened, summary } from '../support/fakes.ts'
import { notificationSettings } from '../support/notification-settings.ts'

const cem = { id: 9, name: 'Cem', image: 2 }

beforeEach(() => {
  document.body.replaceChildren()
  Element.prototype.scrollIntoView = () => {}
  Object.assign(HTMLElement.prototype, { showPopover: () => {}, hidePopover: () => {} })
})

describe('mentions dialog', () => {
  it('lists what the server finds, page by page, and opens a message in its room', async () => {
    const fixture = new DialogFixture({ room: 'tea', name: 'Tea' })
    const { wrapper, press } = fixture.show(MentionsDialog, {})
    const message = { type: 'chat', room: 'tea', user: anna, at: 1_700_000_000_000 } as const
    const rooms = [{ room: 'tea', name: 'Green tea' }]
    await fixture.answer('mentions', { type: 'mentions', data: [{ ...message, id: 9, data: '@Li?' }], rooms, next: 7 })
    expect(wrapper.get('.listed-message').text()).toContain('Anna')
    expect(wrapper.get('.listed-message').text()).toContain('Green tea')
    await press('Show more')
    expect(fixture.sent('mentions')).toMatchObject({ before: 7 })
    await fixture.answer('mentions', {
      type: 'mentions',
      before: 7,
      data: [{ ...message, id: 3, data: 'reply' }],
      rooms,
    })
    expect(wrapper.findAll('.listed-message-text').map((one) => one.text())).toEqual(['@Li?', 'reply'])
    expect(wrapper.text()).not.toContain('Show more')
    await wrapper.findAll('.listed-message a')[1]?.trigger('click')
    expect(fixture.page.go.mock.calls).toEqual([['tea', 3]])
  })

  it('says that there are none', async () => {
    const fixture = new DialogFixture()
    const { wrapper } = fixture.show(MentionsDialog, {})
    await fixture.answer('mentions', { type: 'mentions', data: [], rooms: [], next: 7 })
    expect(fixture.sent('mentions'), 'the page was empty').toMatchObject({ before: 7 })
    expect(wrapper.text()).not.toContain('No one')
    await fixture.answer('mentions', { type: 'mentions', before: 7, data: [], rooms: [] })
    expect(wrapper.text()).toContain('No one has mentioned you or replied to you yet.')
  })
})

describe('saved messages dialog', () => {
  const saved = { type: 'chat', room: 'tea', id: 9, user: anna, at: 1_700_000_000_000, data: 'Oolong' } as const
  const rooms = [{ room: 'tea', name: 'Tea' }]

  it('lists them with their rooms, and takes away what is removed here or elsewhere', async () => {
    const fixture = new DialogFixture({ room: 'tea', name: 'Tea' })
    const { wrapper, press } = fixture.show(SavedDialog, {})
    await fixture.answer('saved', { type: 'saved', data: [saved], rooms, next: 7 })
    expect(wrapper.get('.listed-message').text()).toContain('Tea')
    await press('Show more')
    await fixture.answer('saved', { type: 'saved', before: 7, data: [{ ...saved, id: 3, data: 'Sencha' }], rooms })
    expect(wrapper.findAll('.listed-message-text').map((one) => one.text())).toEqual(['Oolong', 'Sencha'])
    await press('Remove from saved')
    expect(fixture.sent('save')).toMatchObject({ room: 'tea', ref: 9, on: false })
    await fixture.hears({ type: 'save', room: 'tea', ref: 9, on: false })
    await flushPromises()
    expect(wrapper.findAll('.listed-message-text').map((one) => one.text())).toEqual(['Sencha'])
    await wrapper.get('.listed-message a').trigger('click')
    expect(fixture.page.go.mock.calls).toEqual([['tea', 3]])
  })

  it('shows no text of a blocked person', async () => {
    const fixture = new DialogFixture({ room: 'tea', name: 'Tea' })
    const { wrapper } = fixture.show(SavedDialog, {})
    await fixture.hears({ type: 'blocks', data: [anna] })
    await fixture.answer('saved', { type: 'saved', data: [saved], rooms })
    expect(wrapper.get('.listed-message').text()).not.toContain('Oolong')
  })
})

describe('create room dialog', () => {
  const show = (props = {}, fixture = new DialogFixture({}, { opened: opened({ list: [li, anna, bo] }) })) => ({
    fixture,
    ...fixture.show(NewRoomDialog, props),
  })

  it('creates a public room by name and goes there', async () => {
    const { fixture, wrapper, press } = show()
    await wrapper.get('#new-room-name').setValue('Tasting')
    await wrapper.get('#new-room-topic').setValue('Oolong')
    await press('Create room')
    expect(fixture.sent('create')).toMatchObject({ kind: 'public', name: 'Tasting', topic: 'Oolong' })
    expect(fixture.sent('create')).not.toHaveProperty('users')
    await fixture.answer('create', { type: 'room', ...summary({ room: 'Tasting', name: 'Tasting' }) })
    expect(fixture.page.go.mock.calls).toEqual([['Tasting']])
    expect(wrapper.emitted('close')).toHaveLength(1)
  })

  it('creates a private room with the selected people', async () => {
    const { fixture, wrapper, choose, press } = show({ name: 'Cellar' })
    await choose('Private')
    expect(wrapper.findAll('[role=option]').map((one) => one.text())).toEqual(['Anna', 'Bo'])
    await wrapper.findAll('[role=option]')[1]?.trigger('click')
    expect(wrapper.findAll('[role=option]').map((one) => one.text())).toEqual(['Anna'])
    await press('Create room')
    expect(fixture.sent('create')).toMatchObject({ kind: 'private', name: 'Cellar', users: [bo.id] })
  })

  it('starts a conversation with a user known to the server, by keyboard alone', async () => {
    vi.useFakeTimers()
    const { fixture, wrapper, choose, press } = show()
    expect(document.activeElement?.id).toBe('new-room-name')
    await choose('Direct message')
    const box = wrapper.get('[role=combobox]')
    await box.setValue('ce')
    await vi.advanceTimersByTimeAsync(1_000)
    vi.useRealTimers()
    expect(fixture.sent('users')).toEqual({ type: 'users', data: 'ce' })
    await fixture.hears({ type: 'users', find: 'ce', data: [cem] })
    await box.trigger('keydown', { key: 'Enter' })
    expect(wrapper.get('.people-picker-chosen').text()).toBe('Cem')
    await press('Start')
    expect(fixture.sent('create')).toMatchObject({ kind: 'direct', users: [cem.id] })
    expect(fixture.sent('create')).not.toHaveProperty('name')
  })

  it('deselects people, with Backspace too', async () => {
    const { wrapper, choose, press } = show()
    await choose('Direct message')
    for (const name of ['a', 'b']) {
      await wrapper.get('[role=combobox]').setValue(name)
      await wrapper.get('[role=option]').trigger('click')
    }
    expect(wrapper.findAll('.people-picker-chip').map((one) => one.text())).toEqual(['Anna', 'Bo'])
    await wrapper.get('[role=combobox]').trigger('keydown', { key: 'Backspace' })
    expect(wrapper.findAll('.people-picker-chip').map((one) => one.text())).toEqual(['Anna'])
    await press('Remove Anna')
    expect(wrapper.findAll('.people-picker-chip')).toEqual([])
  })

  it('says that no user has a name only after the server’s answer, and Enter does not submit before', async () => {
    vi.useFakeTimers()
    const { fixture, wrapper, choose } = show()
    await choose('Direct message')
    const box = wrapper.get('[role=combobox]')
    await box.setValue('ce')
    const enter = new KeyboardEvent('keydown', { key: 'Enter', cancelable: true })
    box.element.dispatchEvent(enter)
    expect([enter.defaultPrevented, wrapper.text().includes('No one found')]).toEqual([true, false])
    await vi.advanceTimersByTimeAsync(1_000)
    vi.useRealTimers()
    await fixture.hears({ type: 'users', find: 'ce', data: [] })
    expect(wrapper.text()).toContain('No one found')
    await box.setValue('')
    const next = new KeyboardEvent('keydown', { key: 'Enter', cancelable: true })
    await wrapper.findAll('[role=option]')[0]?.trigger('click')
    await wrapper.findAll('[role=option]')[0]?.trigger('click')
    box.element.dispatchEvent(next)
    expect(next.defaultPrevented, 'with nothing typed and nobody to choose').toBe(false)
  })

  it('does not submit on the Enter that ends an input method', async () => {
    const { wrapper, choose } = show()
    await choose('Direct message')
    await wrapper.get('[role=combobox]').setValue('a')
    await wrapper.get('[role=combobox]').trigger('keydown', { key: 'Enter', isComposing: true })
    expect(wrapper.findAll('.people-picker-chip')).toEqual([])
  })

  it.for([
    ['Public', '', '1 to 64 visible characters'],
    ['Public', '~hidden', '1 to 64 visible characters'],
    ['Direct message', '', 'Choose at least one person'],
  ])('says what is missing, and sends no request: %s “%s”', async ([kind = '', name, words]) => {
    const { fixture, wrapper, choose, fault } = show({ name })
    await choose(kind)
    await wrapper.get('form').trigger('submit')
    expect(fault()).toContain(words)
    expect(fixture.sent('create')).toBeUndefined()
  })

  it('does not close by a click outside once something was typed', async () => {
    const { wrapper } = show()
    expect(wrapper.get('dialog').attributes('closedby')).toBe('any')
    await wrapper.get('#new-room-topic').setValue('Oolong')
    expect(wrapper.get('dialog').attributes('closedby')).toBe('closerequest')
  })

  it('shows the reason of a refusal and stays open', async () => {
    const { fixture, wrapper, press, fault } = show({ name: 'Tea' })
    await press('Create room')
    await fixture.refuse('create', 'name-taken')
    expect(fault()).toBe('Another room already has that name.')
    expect(wrapper.emitted('close')).toBeUndefined()
    fixture.world.line.events.closed(1006)
    await press('Create room')
    expect(fault()).toContain('Connection lost')
  })

  it('creates one room however often it is submitted, and another for another name', async () => {
    const { fixture, wrapper, press } = show({ name: 'Tea' })
    await press('Create room')
    const key = fixture.sent('create')?.key
    await fixture.refuse('create', 'internal')
    await press('Create room')
    expect(fixture.sent('create')?.key).toBe(key)
    await fixture.refuse('create', 'internal')
    await wrapper.get('#new-room-name').setValue('Cellar')
    await press('Create room')
    expect(fixture.sent('create')?.key).not.toBe(key)
  })

  it('offers only public rooms to unverified users', () => {
    expect(
      show({}, new DialogFixture({}, { isVerified: false }))
        .wrapper.find('[type=radio]')
        .exists(),
    ).toBe(false)
    expect(show().wrapper.findAll('[type=radio]')).toHaveLength(3)
  })
})

describe('room dialog', () => {
  const show = (room: Partial<RoomSummary> = {}, page = {}) => {
    const fixture = new DialogFixture({ room: 'tea', name: 'tea', ...room }, page)
    return { fixture, ...fixture.show(RoomDialog, { room: fixture.room }) }
  }

  it('sets the notification level at once, and says why it was refused', async () => {
    const { fixture, wrapper, choose } = show({})
    const checked = () => wrapper.findAll('.choice-option').filter((one) => one.get('input').element.checked)
    expect(checked().map((one) => one.text())).toEqual(['Default'])
    await fixture.hears(notificationSettings())
    expect(checked().map((one) => one.text())).toEqual(['Default (Mentions)'])
    await choose('Nothing')
    expect(fixture.sent('notify')).toMatchObject({ room: 'tea', level: 'nothing' })
    await fixture.answer('notify')
    await choose('Mentions')
    await fixture.refuse('notify', 'forbidden')
    await expect.poll(() => wrapper.find('[role=alert]').exists()).toBe(true)
  })

  it('lets a moderator change the room, and sends only the differences', async () => {
    const { fixture, wrapper, press } = show({ role: 'moderator', topic: 'Oolong' })
    await wrapper.get('#room-topic').setValue('Pu-erh')
    await wrapper.get('#room-slow').setValue('30000')
    await wrapper.get('[type=checkbox]').setValue(true)
    await press('Save')
    expect(fixture.sent('change')).toEqual({
      type: 'change',
      key: expect.any(String),
      room: 'tea',
      topic: 'Pu-erh',
      slowMs: 30_000,
      readOnly: true,
    })
    await fixture.answer('change', { type: 'done', action: 7 })
    expect(fixture.page.showToast.mock.calls).toEqual([[{ text: 'Saved', action: 7 }]])
    expect(wrapper.emitted('close')).toHaveLength(1)
  })

  it('lets admins delete the room after confirmation (SECURITY-REVIEW 8)', async () => {
    const { fixture, wrapper, press, has, fault } = show({}, { role: 'admin' })
    await press('Delete room…')
    expect(wrapper.get('.confirm').text()).toContain('and all its messages for everyone? This can’t be undone.')
    expect(document.activeElement?.textContent, 'the choice that does no harm').toBe('Cancel')
    await press('Cancel')
    expect([fixture.sent('delete-room'), has('Delete room')]).toEqual([undefined, false])
    await press('Delete room…')
    await press('Delete room')
    expect(fixture.sent('delete-room')).toEqual({ type: 'delete-room', key: expect.any(String), room: 'tea' })
    await fixture.refuse('delete-room', 'forbidden')
    expect(fault()).toBe('You don’t have permission to do that.')
    expect(wrapper.emitted('close')).toBeUndefined()
    await press('Delete room')
    await fixture.answer('delete-room')
    expect(wrapper.emitted('close')).toHaveLength(1)
  })

  it.for([
    ['a moderator', { role: 'moderator' }, {}],
    ['an admin who has only typed their name', {}, { role: 'admin', isVerified: false }],
    ['an admin in a conversation', { kind: 'direct' }, { role: 'admin' }],
    ['an admin in the lobby', { room: 'lobby' }, { role: 'admin' }],
  ] as [string, Partial<RoomSummary>, object][])('does not offer %s to delete the room', ([, room, page]) => {
    expect(show(room, page).has('Delete room…')).toBe(false)
  })

  it('sends nothing when nothing was changed', async () => {
    const { fixture, wrapper, press } = show({ role: 'moderator' })
    await press('Save')
    expect(fixture.sent('change')).toBeUndefined()
    expect(wrapper.emitted('close')).toHaveLength(1)
  })

  it('refuses an invalid name', async () => {
    const { fixture, wrapper, press, fault } = show({ role: 'moderator' })
    await wrapper.get('#room-name').setValue('  ')
    await press('Save')
    expect(fault()).toContain('1 to 64 visible characters')
    expect(fixture.sent('change')).toBeUndefined()
  })

  it('archives the room only after confirmation', async () => {
    const { fixture, press } = show({ role: 'moderator' })
    await press('Archive room…')
    expect(fixture.sent('change')).toBeUndefined()
    await press('Cancel')
    await press('Archive room…')
    await press('Archive')
    expect(fixture.sent('change')).toMatchObject({ room: 'tea', archived: true })
  })

  it('returns the focus to the button of a cancelled step', async () => {
    const { button, press } = show({ role: 'moderator' })
    for (const name of ['Archive room…', 'Leave room…']) {
      button(name)?.element.focus()
      await press(name)
      expect([document.activeElement?.textContent, button(name)?.element.parentElement?.hidden]).toEqual([
        'Cancel',
        true,
      ])
      await press('Cancel')
      expect(document.activeElement?.textContent?.trim()).toBe(name)
    }
  })

  it.for([
    ['private', { kind: 'private' }, ['You can only return if someone in it adds or invites you.']],
    ['moderated', { role: 'moderator' }, ['You’ll no longer be a moderator.']],
    ['both', { kind: 'private', role: 'moderator' }, ['You can only return', 'You’ll no longer']],
  ] satisfies [string, Partial<RoomSummary>, string[]][])(
    'asks for confirmation before leaving when that loses something: %s',
    async ([, room, losses]) => {
      const { fixture, wrapper, press } = show(room)
      await press('Leave room…')
      expect(fixture.sent('leave')).toBeUndefined()
      expect(wrapper.findAll('.confirm .dialog-hint')).toHaveLength(losses.length)
      for (const loss of losses) expect(wrapper.get('.confirm').text()).toContain(loss)
      await press('Leave room')
      expect(fixture.sent('leave')).toMatchObject({ room: 'tea' })
    },
  )

  it('keeps what another user changed while it was open', async () => {
    const { fixture, wrapper, press } = show({ role: 'moderator', topic: 'Oolong' })
    const news = summary({ room: 'tea', topic: 'Pu-erh', slowMs: 5_000, readOnly: true, role: 'moderator' })
    await fixture.hears({ type: 'room', ...news })
    await wrapper.setProps({ room: fixture.room })
    await wrapper.get('#room-name').setValue('House')
    await press('Save')
    expect(fixture.sent('change')).toEqual({ type: 'change', key: expect.any(String), room: 'tea', name: 'House' })
  })

  it('takes the room out of the archive, and never offers to archive the lobby', async () => {
    const { fixture, press } = show({ role: 'moderator', archived: true })
    await press('Unarchive')
    expect(fixture.sent('change')).toMatchObject({ archived: false })
    expect(show({ room: 'lobby', role: 'moderator' }).has('Archive room…')).toBe(false)
  })

  it('shows other members the topic, the members and a button to leave', async () => {
    const { fixture, wrapper, has, press } = show({ topic: 'Oolong' })
    expect(wrapper.find('form').exists()).toBe(false)
    expect(wrapper.text()).toContain('Oolong')
    expect([has('Members'), has('Invitations'), has('Archive room…')]).toEqual([true, false, false])
    await press('Leave room')
    expect(fixture.sent('leave')).toMatchObject({ room: 'tea' })
    await fixture.answer('leave')
    expect(wrapper.emitted('close')).toHaveLength(1)
  })

  it('gives verified admins the controls of moderators', () => {
    expect(show({}, { role: 'admin' }).has('Invitations')).toBe(true)
    expect(show({}, { role: 'admin', isVerified: false }).has('Invitations')).toBe(false)
  })

  it('lets every member of a conversation name it, and offers to remove no one', () => {
    const { wrapper, has } = show({ room: '~2', name: '', kind: 'direct', people: [anna, bo] })
    expect(wrapper.get<HTMLInputElement>('#room-name').element.value).toBe('Anna, Bo')
    expect(wrapper.find('#room-slow').exists()).toBe(false)
    expect(wrapper.findAll('.person-name').map((name) => name.text())).toEqual(['Anna', 'Bo'])
    expect([has('Members'), has('Invitations'), has('Close conversation')]).toEqual([false, false, true])
  })

  it('links to members and invitations', async () => {
    const { fixture, press } = show({ role: 'moderator' })
    await press('Members')
    await press('Invitations')
    expect(fixture.page.openDialog.mock.calls).toEqual([[{ type: 'members' }], [{ type: 'invitations' }]])
  })
})

describe('members dialog', () => {
  const soon = Date.now() + 60_000
  const members: RoomMember[] = [
    { user: li, serverRole: 'guest', role: 'member' },
    { user: anna, serverRole: 'member', role: 'member', mutedUntil: soon },
    { user: bo, serverRole: 'member', role: 'moderator' },
    { user: cem, serverRole: 'owner', role: 'member' },
    { user: { id: 10, name: 'Dora', image: 1 }, serverRole: 'member', role: 'member', bannedUntil: 8.64e15 },
  ]
  const show = async (room = {}, data = members, more = false) => {
    const fixture = new DialogFixture({ room: '~1', kind: 'private', ...room })
    const shown = fixture.show(MembersDialog, { room: fixture.room })
    await fixture.hears({ type: 'members', room: fixture.room.room, data, more })
    return { fixture, ...shown }
  }

  it('lists members by rank, with their state', async () => {
    const { wrapper } = await show()
    const lines = wrapper.findAll('.person-open').map((one) => one.text())
    expect(lines.map((line) => line.replace(/until .*/, 'until'))).toEqual([
      'CemOwner',
      'BoModerator',
      'Annamuted until',
      'Dorabanned forever',
      'LiGuestyou',
    ])
  })

  it('loads further pages as long as there are more', async () => {
    const { fixture, wrapper, press, has } = await show({}, members.slice(0, 2), true)
    await press('Show more')
    expect(fixture.sent('members')).toEqual({ type: 'members', room: '~1', after: anna.id })
    await fixture.hears({ type: 'members', room: '~1', data: members.slice(2), more: false })
    expect(wrapper.findAll('.person-open')).toHaveLength(5)
    expect(has('Show more')).toBe(false)
  })

  it('offers to retry a failed page', async () => {
    const fixture = new DialogFixture({ room: '~1', kind: 'private' })
    const { wrapper, press, has } = fixture.show(MembersDialog, { room: fixture.room })
    await fixture.refuse('members', 'too-fast')
    await press('Try again')
    await fixture.hears({ type: 'members', room: '~1', data: members, more: false })
    expect([wrapper.findAll('.person-open').length, has('Try again')]).toEqual([5, false])
  })

  it('links to the person dialogs', async () => {
    const { fixture, wrapper } = await show()
    await wrapper.get('.person-open').trigger('click')
    expect(fixture.page.openDialog.mock.calls).toEqual([[{ type: 'person', user: cem }]])
  })

  it('lets moderators of private rooms add members, and no one else', async () => {
    const { fixture, wrapper, press } = await show({ role: 'moderator' })
    const eve = { id: 12, name: 'Eve', image: 0 }
    vi.useFakeTimers()
    await wrapper.get('[role=combobox]').setValue('e')
    await vi.advanceTimersByTimeAsync(1_000)
    vi.useRealTimers()
    const dora = members[4]?.user
    await fixture.hears({ type: 'users', find: 'e', data: [eve, bo, { ...dora, name: 'E, who is banned' }] })
    expect(wrapper.findAll('[role=option]').map((one) => one.text())).toEqual(['Eve'])
    await wrapper.get('[role=option]').trigger('click')
    await press('Add')
    expect(fixture.sent('add')).toMatchObject({ room: '~1', users: [eve.id] })
    await fixture.answer('add', { type: 'done', action: 7 })
    expect(fixture.page.showToast.mock.calls).toEqual([[{ text: '1 person added', action: 7 }]])
    expect(wrapper.emitted('close')).toHaveLength(1)
    expect((await show()).wrapper.find('[role=combobox]').exists()).toBe(false)
    expect((await show({ room: 'tea', kind: undefined, role: 'moderator' })).wrapper.find('form').exists()).toBe(false)
  })
})

describe('invitations dialog', () => {
  const invite = { id: 4, by: anna, at: 1, expiresAt: Date.now() + 60_000, usesLeft: 10 }
  const show = async () => {
    const fixture = new DialogFixture({ room: '~1', name: 'Cellar', kind: 'private', role: 'moderator' })
    const shown = fixture.show(InvitationsDialog, { room: fixture.room })
    await fixture.hears({ type: 'invites', room: '~1', data: [] })
    return { fixture, ...shown }
  }

  it('creates an invitation for the chosen time and number of uses, shown once as link and QR code', async () => {
    const { fixture, wrapper, choose, press } = await show()
    await choose('1 hour')
    await choose('10 uses')
    await press('Create link')
    expect(fixture.sent('invite')).toMatchObject({ room: '~1', forMs: 3_600_000, uses: 10 })
    await fixture.answer('invite', { type: 'invite', room: '~1', token: 'abc', invite })
    const link = wrapper.get<HTMLInputElement>('[readonly]').element.value
    expect(link).toBe(`${location.origin}/link/abc`)
    await vi.dynamicImportSettled()
    await vi.waitFor(() => expect(wrapper.find('svg.qr').exists()).toBe(true), { timeout: 30_000 })
    expect(wrapper.get('.qr title').text()).toBe('QR code of the invitation link')
    expect(wrapper.get('.qr-dark').attributes('d')).toMatch(/^(M\d+ \d+h1v1h-1z)+$/)
    expect(document.activeElement).toBe(wrapper.get('[readonly]').element)
    expect(wrapper.get('dialog').attributes('closedby'), 'it is not shown again').toBe('closerequest')
    await press('Create another')
    expect(wrapper.html()).not.toContain('/link/abc')
    expect(document.activeElement?.textContent).toBe('Create link')
    expect(wrapper.get('dialog').attributes('closedby')).toBe('any')
  })

  it('lists usable invitations and revokes them', async () => {
    const { fixture, wrapper, press } = await show()
    await press('Create link')
    await fixture.answer('invite', { type: 'invite', room: '~1', token: 'abc', invite })
    expect(wrapper.get('.invite-open').text()).toContain('10 uses left')
    await press('Revoke')
    expect(fixture.sent('revoke')).toMatchObject({ room: '~1', id: 4 })
    await fixture.refuse('revoke', 'forbidden')
    expect(wrapper.findAll('.invite-open')).toHaveLength(1)
    await press('Revoke')
    await fixture.answer('revoke')
    expect(wrapper.findAll('.invite-open')).toEqual([])
  })
})

describe('action notice', () => {
  const show = (action?: number) => {
    const fixture = new DialogFixture()
    return { fixture, ...fixture.show(Toast, { toast: { text: 'Bo was removed.', action } }) }
  }

  it('is shown for a while', async () => {
    vi.useFakeTimers()
    const { fixture, wrapper } = show()
    expect(wrapper.get('.toast').text()).toContain('Bo was removed.')
    await vi.advanceTimersByTimeAsync(3_999)
    expect(fixture.page.hideToast).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(fixture.page.hideToast).toHaveBeenCalledOnce()
    vi.useRealTimers()
  })

  it('can be undone for 10 s, and says so', async () => {
    vi.useFakeTimers()
    const { fixture, press } = show(7)
    await vi.advanceTimersByTimeAsync(9_999)
    expect(fixture.page.hideToast).not.toHaveBeenCalled()
    vi.useRealTimers()
    await press('Undo')
    expect(fixture.sent('undo')).toMatchObject({ action: 7 })
    await fixture.answer('undo', { type: 'done', action: 8 })
    expect(fixture.page.showToast.mock.calls).toEqual([[{ text: 'Undone' }]])
  })

  it('stays while it has the focus or the pointer, and its button keeps the focus while it works', async () => {
    vi.useFakeTimers()
    const { fixture, wrapper, press } = show(7)
    wrapper.get('button').element.focus()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(fixture.page.hideToast).not.toHaveBeenCalled()
    wrapper.get('button').element.blur()
    await vi.advanceTimersByTimeAsync(9_000)
    await wrapper.get('.toast').trigger('pointerenter')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(fixture.page.hideToast).not.toHaveBeenCalled()
    await wrapper.get('.toast').trigger('pointerleave')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(fixture.page.hideToast).toHaveBeenCalledOnce()
    vi.useRealTimers()
    await press('Undo')
    await press('Undo')
    expect(wrapper.get('button').attributes()).toMatchObject({ 'aria-disabled': 'true' })
    expect(wrapper.get('button').attributes('disabled')).toBeUndefined()
    expect(fixture.world.line.frames.filter(({ type }) => type === 'undo')).toHaveLength(1)
  })

  it('can still be undone when the connection was lost before the answer', async () => {
    const { fixture, wrapper, press } = show(7)
    await press('Undo')
    fixture.world.line.events.closed(1006)
    await flushPromises()
    expect(fixture.page.showToast.mock.calls).toEqual([
      [{ text: expect.stringContaining('Connection lost'), action: 7 }],
    ])
    expect(wrapper.get('button').attributes('aria-disabled')).toBeUndefined()
  })

  it('says why undoing failed, and has no button where nothing can be undone', async () => {
    const { fixture, press } = show(7)
    await press('Undo')
    await fixture.refuse('undo', 'forbidden')
    expect(fixture.page.showToast.mock.calls).toEqual([[{ text: 'You don’t have permission to do that.' }]])
    expect(show().has('Undo')).toBe(false)
  })
})

describe('write restriction notice', () => {
  const show = async (room = {}) => {
    const shown = showIn(new DialogFixture(room))
    await flushPromises()
    return shown
  }

  function showIn(fixture: DialogFixture) {
    const room = shallowRef(fixture.room)
    const access = useWriteAccess(() => room.value, fixture.chat)
    const setup = () => {
      provide(roomViewKey, { ...fakeRoomView(), ...access })
      return () => h(WriteBlockedNotice)
    }
    const { wrapper } = fixture.show({ setup })
    return { wrapper, room, told: () => access.writeBlock.value }
  }

  it('is shown where it applies, and not elsewhere', async () => {
    expect((await show({ archived: true })).wrapper.text()).toContain('archived')
    expect((await show({ readOnly: true })).wrapper.text()).toBe('Only moderators can post here.')
    const { wrapper, told } = await show()
    expect([wrapper.text(), told()]).toEqual(['', undefined])
  })

  it('disappears when a mute ends', async () => {
    vi.useFakeTimers()
    const { wrapper, told } = await show({ mutedUntil: Date.now() + 5_000 })
    expect(wrapper.text()).toContain('You’re muted here until')
    expect(told()).toMatchObject({ type: 'muted' })
    await vi.advanceTimersByTimeAsync(5_000)
    expect([wrapper.text(), told()]).toEqual(['', undefined])
    vi.useRealTimers()
  })

  it('includes the day when it ends on another one', async () => {
    vi.useFakeTimers({ now: new Date(2026, 4, 12, 23, 50) })
    const text = async (minutes: number) => (await show({ mutedUntil: Date.now() + minutes * 60_000 })).wrapper.text()
    expect(await text(5)).toBe('You’re muted here until 23:55.')
    expect(await text(15)).toMatch(/^You’re muted here until (13 May|May 13) 00:05\.$/)
    vi.useRealTimers()
  })

  it('counts down in a slow room, and is not announced each second', async () => {
    vi.useFakeTimers()
    const fixture = new DialogFixture({ slowMs: 30_000 })
    const { wrapper, room } = showIn(fixture)
    vi.setSystemTime(Date.now() + 900)
    const wroteAt = Date.now()
    room.value = { ...fixture.room, wroteAt }
    await flushPromises()
    expect(wrapper.text()).toContain('one message every 30 seconds')
    expect(wrapper.get('[aria-live=off]').text()).toBe('You can post again in 30 seconds.')
    await vi.advanceTimersByTimeAsync(12_000)
    expect(wrapper.get('[aria-live=off]').text()).toBe('You can post again in 18 seconds.')
    await vi.advanceTimersByTimeAsync(18_000)
    expect(wrapper.text()).toBe('')
    vi.useRealTimers()
  })
})
