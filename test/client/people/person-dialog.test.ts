// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest'
import { PageLanguage } from '../../../src/client/locale/language.ts'
import { badgesOf } from '../../../src/client/people/member-badges.ts'
import PersonDialog from '../../../src/client/people/PersonDialog.vue'
import { matchingPeople, mergeFound } from '../../../src/client/people/people-choices.ts'
import { forever } from '../../../src/shared/durations.ts'
import { zh } from '../../../src/shared/locales/zh/index.ts'
import type { PageState } from '../../../src/shared/page-state.ts'
import type { RoomMember, RoomSummary, User } from '../../../src/shared/protocol/types.ts'
import { DialogFixture } from '../support/dialog-fixture.ts'
import { anna, bo, english, li, summary } from '../support/fakes.ts'

beforeEach(() => document.body.replaceChildren())

const cem: User = { id: 9, name: 'Cem', image: 2 }

const member = (some: Partial<RoomMember> = {}): RoomMember => ({
  user: anna,
  serverRole: 'member',
  role: 'member',
  ...some,
})

async function show(
  room: Partial<RoomSummary> = {},
  page: Partial<PageState> = {},
  shown: Partial<RoomMember> | undefined = {},
  user: User = shown?.user ?? anna,
) {
  const fixture = new DialogFixture({ room: 'tea', name: 'tea', ...room }, page)
  const card = fixture.show(PersonDialog, { room: fixture.room, user })
  expect(fixture.sent('members')).toEqual({ type: 'members', room: fixture.room.room, user: user.id })
  await fixture.hears({
    type: 'members',
    room: fixture.room.room,
    user: user.id,
    data: shown ? [member(shown)] : [],
    more: false,
  })
  const actions = () => card.wrapper.findAll('.dialog-section').map((one) => one.findAll('button').map((b) => b.text()))
  return { fixture, ...card, actions }
}

const moderator = { role: 'moderator' as const }
const inRoom = ['Make moderator', 'Mute…', 'Remove from room', 'Ban from room…']
const onServer = ['Ban from server…', 'Delete all their messages…']

describe('person dialog', () => {
  it('shows the user and links to a conversation', async () => {
    const { fixture, wrapper, press } = await show({}, {}, { serverRole: 'admin' })
    expect(wrapper.get('h2').text()).toBe('Anna')
    expect(wrapper.get('.card-badges').text()).toBe('Admin')
    await press('Message \u2068Anna\u2069')
    expect(fixture.sent('create')).toMatchObject({ kind: 'direct', users: [anna.id] })
    await fixture.answer('create', { type: 'room', ...summary({ room: '~2' }) })
    expect(fixture.page.go.mock.calls).toEqual([['~2']])
  })

  it('marks a bot, and nobody else', async () => {
    const ofBot = await show({}, {}, { user: { ...anna, bot: true } })
    expect(ofBot.wrapper.findAll('.bot-mark').map((one) => one.text())).toEqual(['bot'])
    const ofPerson = await show()
    expect(ofPerson.wrapper.find('.bot-mark').exists()).toBe(false)
  })

  it('links the user’s own name to the account, and offers nothing else', async () => {
    const { wrapper, actions } = await show(moderator, { role: 'owner' }, { user: li, serverRole: 'owner' })
    expect(wrapper.get('a').attributes('href')).toBe('/account')
    expect(actions()).toEqual([])
    expect(wrapper.findAll('.dialog-action')).toHaveLength(1)
  })

  it('lets users edit their status once it is known, so that nothing that they typed is replaced', async () => {
    const fixture = new DialogFixture({ room: 'tea', name: 'tea' })
    const { wrapper } = fixture.show(PersonDialog, { room: fixture.room, user: li })
    expect(wrapper.find('#status-text').exists()).toBe(false)
    const data = [member({ user: li, status: { text: 'Away' } })]
    await fixture.hears({ type: 'members', room: 'tea', user: li.id, data, more: false })
    expect(wrapper.get<HTMLInputElement>('#status-text').element.value).toBe('Away')
  })

  it('offers members only to write, and unverified users nothing', async () => {
    const { actions, wrapper } = await show()
    expect(actions()).toEqual([])
    expect(wrapper.findAll('.dialog-action')).toHaveLength(1)
    const unverified = await show(moderator, { role: 'admin', isVerified: false })
    expect(unverified.actions()).toEqual([])
    expect(unverified.wrapper.findAll('.dialog-action')).toEqual([])
  })

  it('offers an invited guest no conversation where GUESTS=off', async () => {
    expect((await show({}, { canViewPublic: false })).wrapper.findAll('.dialog-action')).toEqual([])
  })

  it('offers moderators the actions of the room on users below them, and only there', async () => {
    expect((await show(moderator)).actions()).toEqual([inRoom])
    expect((await show(moderator, {}, { role: 'moderator' })).actions()).toEqual([])
    expect((await show(moderator, {}, { serverRole: 'admin' })).actions()).toEqual([])
    expect((await show({ ...moderator, kind: 'direct' })).actions()).toEqual([])
  })

  it('offers the creator of the room to remove other moderators', async () => {
    const { actions } = await show({ ...moderator, isCreator: true }, {}, { role: 'moderator' })
    expect(actions()[0]?.[0]).toBe('Remove as moderator')
  })

  it('offers no room actions on a user who was never in the room', async () => {
    expect((await show(moderator, {}, null as never, cem)).actions()).toEqual([])
    expect((await show(moderator, { role: 'admin' }, null as never, cem)).actions()).toEqual([onServer])
  })

  it('offers moderators to ban a user who wrote in the room and left it', async () => {
    const { fixture, actions, press } = await show(moderator, {}, null as never)
    expect(actions()).toEqual([['Ban from room…']])
    await press('Ban from room…')
    await press('Ban')
    expect(fixture.sent('ban')).toMatchObject({ room: 'tea', user: anna.id })
    expect((await show({}, {}, null as never)).actions()).toEqual([])
  })

  it('lets moderators step down, which cannot be undone, and no one else', async () => {
    const { fixture, actions, press } = await show(moderator, {}, { user: li, role: 'moderator' })
    expect(actions()).toEqual([['Step down as moderator…']])
    await press('Step down as moderator…')
    expect(fixture.sent('role')).toBeUndefined()
    await press('Step down')
    expect(fixture.sent('role')).toMatchObject({ room: 'tea', user: li.id, role: 'member' })
    await fixture.answer('role', { type: 'done', action: 7 })
    expect(fixture.page.showToast.mock.calls).toEqual([
      [{ text: 'You’re no longer a moderator of \u2068tea\u2069', action: undefined }],
    ])
    expect((await show({}, {}, { user: li })).actions()).toEqual([])
  })

  it('offers to retry when the membership did not load', async () => {
    const fixture = new DialogFixture({ room: 'tea', ...moderator })
    const { press, has } = fixture.show(PersonDialog, { room: fixture.room, user: anna })
    await fixture.refuse('members', 'too-fast')
    expect(has('Remove from room')).toBe(false)
    await press('Try again')
    await fixture.hears({ type: 'members', room: 'tea', user: anna.id, data: [member()], more: false })
    expect([has('Remove from room'), has('Try again')]).toEqual([true, false])
  })

  it('offers server actions to admins, and the admin role to the owner', async () => {
    expect((await show({}, { role: 'admin' })).actions()).toEqual([inRoom, onServer])
    expect((await show({}, { role: 'admin' }, { serverRole: 'admin' })).actions()).toEqual([])
    expect((await show({}, { role: 'owner' }, { serverRole: 'admin' })).actions()[1]).toEqual([
      'Remove as admin',
      ...onServer,
    ])
    expect((await show({}, { role: 'owner' })).actions()[1]).toEqual(['Make admin', ...onServer])
    expect((await show({}, { role: 'owner' }, { serverRole: 'guest' })).actions()[1]).toEqual(onServer)
  })

  it('offers to undo the current mute or ban', async () => {
    const soon = Date.now() + 60_000
    const muted = await show(moderator, {}, { mutedUntil: soon })
    expect(muted.actions()[0]?.[1]).toBe('Unmute')
    await muted.press('Unmute')
    expect(muted.fixture.sent('mute')).toMatchObject({ room: 'tea', user: anna.id, forMs: 0 })
    const banned = await show(moderator, {}, { bannedUntil: soon })
    expect(banned.actions()).toEqual([['Unban']])
    await banned.press('Unban')
    expect(banned.fixture.sent('ban')).toMatchObject({ room: 'tea', user: anna.id, forMs: 0 })
    const fromServer = await show({}, { role: 'admin' }, { serverBannedUntil: soon })
    expect(fromServer.wrapper.get('.card-badges').text()).toContain('banned from the server until')
    expect(fromServer.actions()[1]).toEqual(['Unban from server', 'Delete all their messages…'])
    await fromServer.press('Unban from server')
    expect(fromServer.fixture.sent('ban')).toMatchObject({ user: anna.id, forMs: 0 })
    expect(fromServer.fixture.sent('ban')).not.toHaveProperty('room')
  })

  it('offers on a user who has left the room only what still works', async () => {
    expect((await show(moderator, {}, { left: true })).actions()).toEqual([['Ban from room…']])
    const muted = await show(moderator, {}, { left: true, mutedUntil: Date.now() + 60_000 })
    expect(muted.actions()).toEqual([['Unmute', 'Ban from room…']])
  })
})

describe('moderation action', () => {
  it('closes the dialog, and is reported with its undo', async () => {
    const { fixture, wrapper, press } = await show(moderator)
    await press('Remove from room')
    expect(fixture.sent('kick')).toMatchObject({ room: 'tea', user: anna.id })
    await fixture.answer('kick', { type: 'done', action: 7 })
    expect(fixture.page.showToast.mock.calls).toEqual([
      [{ text: '\u2068Anna\u2069 was removed from \u2068tea\u2069', action: 7 }],
    ])
    expect(wrapper.emitted('close')).toHaveLength(1)
  })

  it('names the lobby as the language of the page does', async () => {
    const fixture = new DialogFixture({ room: 'lobby', name: 'lobby', ...moderator })
    const { wrapper } = fixture.show(PersonDialog, { room: fixture.room, user: anna }, new PageLanguage('zh', zh))
    await fixture.hears({ type: 'members', room: 'lobby', user: anna.id, data: [member()], more: false })
    await wrapper.findAll('.dialog-section button')[2]?.trigger('click')
    await fixture.answer('kick', { type: 'done', action: 7 })
    expect(fixture.page.showToast.mock.calls).toMatchObject([[{ text: expect.stringContaining('大厅') }]])
  })

  it('that is refused shows the reason, and the dialog stays open', async () => {
    const { fixture, wrapper, press, fault } = await show(moderator)
    await press('Make moderator')
    await fixture.refuse('role', 'forbidden')
    expect(fault()).toBe('You don’t have permission to do that.')
    expect(wrapper.emitted('close')).toBeUndefined()
  })

  it('with a duration asks for it first', async () => {
    const { fixture, wrapper, press, choose } = await show(moderator)
    await press('Mute…')
    expect(fixture.sent('mute')).toBeUndefined()
    expect(wrapper.get('form').text()).toContain('Mute \u2068Anna\u2069 in \u2068tea\u2069?')
    expect(document.activeElement?.textContent).toBe('Cancel')
    await choose('1 hour')
    await press('Mute')
    expect(fixture.sent('mute')).toMatchObject({ room: 'tea', user: anna.id, forMs: 3_600_000 })
  })

  it('server ban includes addresses only when chosen, and is permanent only when chosen', async () => {
    const { fixture, press, choose } = await show({}, { role: 'admin' })
    await press('Ban from server…')
    await press('Ban')
    expect(fixture.sent('ban')).toMatchObject({ user: anna.id, forMs: 86_400_000, addresses: false })
    expect(fixture.sent('ban')).not.toHaveProperty('room')
    await fixture.refuse('ban', 'internal')
    await choose('Forever')
    await choose('Also ban everyone on the same internet connection (such as a home or school)')
    await press('Ban')
    expect(fixture.sent('ban')).toMatchObject({ user: anna.id, addresses: true })
    expect(fixture.sent('ban')).not.toHaveProperty('forMs')
  })

  it('server ban of a guest includes addresses unless they are deselected', async () => {
    const { fixture, press } = await show({}, { role: 'admin' }, { serverRole: 'guest' })
    await press('Ban from server…')
    await press('Ban')
    expect(fixture.sent('ban')).toMatchObject({ user: anna.id, addresses: true })
  })

  it('ban also deletes the messages that are chosen', async () => {
    const { fixture, wrapper, press, choose } = await show(moderator)
    await press('Ban from room…')
    expect(wrapper.get('form').text()).toContain('Delete their messages in this room')
    await choose('Last hour')
    await press('Ban')
    expect(fixture.sent('ban')).toMatchObject({ room: 'tea', forMs: 86_400_000, removeMs: 3_600_000 })
    expect(fixture.sent('ban')).not.toHaveProperty('addresses')
    await fixture.refuse('ban', 'internal')
    await choose('All')
    await press('Ban')
    expect(fixture.sent('ban')).toMatchObject({ removeMs: forever })
    await fixture.refuse('ban', 'internal')
    await choose('None')
    await press('Ban')
    expect(fixture.sent('ban')).not.toHaveProperty('removeMs')
  })

  it('that cannot be undone needs a second press', async () => {
    const { fixture, wrapper, button, press } = await show({}, { role: 'admin' })
    button('Delete all their messages…')?.element.focus()
    await press('Delete all their messages…')
    expect(wrapper.find('[type=radio]').exists()).toBe(false)
    await press('Cancel')
    expect(document.activeElement?.textContent?.trim()).toBe('Delete all their messages…')
    expect(fixture.sent('purge')).toBeUndefined()
    await press('Delete all their messages…')
    await press('Delete all')
    expect(fixture.sent('purge')).toMatchObject({ user: anna.id })
  })
})

describe('person details', () => {
  const now = 1_700_000_000_000
  const marks = (some: Partial<RoomMember>) => badgesOf(member(some), english, now)

  it('show the highest role, and none when it is the usual one', () => {
    expect(marks({})).toEqual([])
    expect(marks({ serverRole: 'guest' })).toEqual(['Guest'])
    expect(marks({ serverRole: 'guest', role: 'moderator' })).toEqual(['Moderator'])
    expect(marks({ serverRole: 'owner', role: 'moderator' })).toEqual(['Owner'])
  })

  it('show how long a mute or ban lasts, and nothing that is over', () => {
    expect(marks({ mutedUntil: now + 1, bannedUntil: now + 1 })).toHaveLength(2)
    expect(marks({ mutedUntil: now, bannedUntil: now })).toEqual([])
    expect(marks({ bannedUntil: forever })).toEqual(['banned forever'])
  })
})

it('people suggestions › list matches once, beginnings first, without the selected ones', () => {
  const hannah = { id: 8, name: 'Hannah', image: 0 }
  const all = mergeFound([hannah, bo], [anna, bo])
  expect(all.map(({ name }) => name)).toEqual(['Hannah', 'Bo', 'Anna'])
  const names = (typed: string, without: number[] = []) => matchingPeople(all, typed, without).map(({ name }) => name)
  expect(names(' AN')).toEqual(['Anna', 'Hannah'])
  expect(names('', [anna.id])).toEqual(['Hannah', 'Bo'])
  expect(names('x')).toEqual([])
})
