// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest'
import { formatDuration, isForever } from '../../../src/client/locale/durations.ts'
import { badgesOf } from '../../../src/client/people/member-badges.ts'
import PersonDialog from '../../../src/client/people/PersonDialog.vue'
import { matchingPeople, mergeFound } from '../../../src/client/people/people-choices.ts'
import type { PageState } from '../../../src/shared/page-state.ts'
import type { RoomMember, RoomSummary, User } from '../../../src/shared/protocol.ts'
import { Scene } from '../support/dialog-scene.ts'
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
  const scene = new Scene({ room: 'tea', name: 'tea', ...room }, page)
  const card = scene.show(PersonDialog, { user })
  expect(scene.sent('members')).toEqual({ type: 'members', room: scene.room.room, after: user.id - 1 })
  const other = member({ user: bo, serverRole: 'owner' })
  await scene.hears({
    type: 'members',
    room: scene.room.room,
    data: shown ? [member(shown), other] : [other],
    more: false,
  })
  const acts = () => card.wrapper.findAll('.dialog-section').map((one) => one.findAll('button').map((b) => b.text()))
  return { scene, ...card, acts }
}

const moderator = { role: 'moderator' as const }
const here = ['Make moderator', 'Mute…', 'Remove from room', 'Ban from room…']
const house = ['Ban from server…', 'Delete all their messages…']

describe('the card of a person', () => {
  it('says who it is, and leads to a conversation', async () => {
    const { scene, wrapper, press } = await show({}, {}, { serverRole: 'admin' })
    expect(wrapper.get('h2').text()).toBe('Anna')
    expect(wrapper.get('.card-marks').text()).toBe('Admin')
    await press('Message \u2068Anna\u2069')
    expect(scene.sent('create')).toMatchObject({ kind: 'direct', users: [anna.id] })
    await scene.answer('create', { type: 'room', ...summary({ room: '~2' }) })
    expect(wrapper.emitted('go')).toEqual([['~2']])
  })

  it('leads oneself to one’s account, and offers nothing else', async () => {
    const { wrapper, acts } = await show(moderator, { role: 'owner' }, { user: li, serverRole: 'owner' })
    expect(wrapper.get('a').attributes('href')).toBe('/account')
    expect(acts()).toEqual([])
    expect(wrapper.findAll('.dialog-act')).toHaveLength(1)
  })

  it('offers members nothing but to write, and those who only say who they are not even that', async () => {
    const { acts, wrapper } = await show()
    expect(acts()).toEqual([])
    expect(wrapper.findAll('.dialog-act')).toHaveLength(1)
    const unverified = await show(moderator, { role: 'admin', isVerified: false })
    expect(unverified.acts()).toEqual([])
    expect(unverified.wrapper.findAll('.dialog-act')).toEqual([])
  })

  it('offers an invited guest no conversation where guests are let in by invitation only', async () => {
    expect((await show({}, { canViewPublic: false })).wrapper.findAll('.dialog-act')).toEqual([])
  })

  it('offers moderators what they may do in the room to those below them, and only there', async () => {
    expect((await show(moderator)).acts()).toEqual([here])
    expect((await show(moderator, {}, { role: 'moderator' })).acts()).toEqual([])
    expect((await show(moderator, {}, { serverRole: 'admin' })).acts()).toEqual([])
    expect((await show({ ...moderator, kind: 'direct' })).acts()).toEqual([])
  })

  it('offers whoever made the room that the other moderators are none any more', async () => {
    const { acts } = await show({ ...moderator, isCreator: true }, {}, { role: 'moderator' })
    expect(acts()[0]?.[0]).toBe('Remove as moderator')
  })

  it('offers nothing to be done in the room to who was never in it', async () => {
    expect((await show(moderator, {}, null as never, cem)).acts()).toEqual([])
    expect((await show(moderator, { role: 'admin' }, null as never, cem)).acts()).toEqual([house])
  })

  it('offers moderators to ban from the room who is not in it any more, as one who wrote there', async () => {
    const { scene, acts, press } = await show(moderator, {}, null as never)
    expect(acts()).toEqual([['Ban from room…']])
    await press('Ban from room…')
    await press('Ban')
    expect(scene.sent('ban')).toMatchObject({ room: 'tea', user: anna.id })
    expect((await show({}, {}, null as never)).acts()).toEqual([])
  })

  it('lets a moderator step down, which he cannot take back, and nobody else', async () => {
    const { scene, wrapper, acts, press } = await show(moderator, {}, { user: li, role: 'moderator' })
    expect(acts()).toEqual([['Step down as moderator…']])
    await press('Step down as moderator…')
    expect(scene.sent('role')).toBeUndefined()
    await press('Step down')
    expect(scene.sent('role')).toMatchObject({ room: 'tea', user: li.id, role: 'member' })
    await scene.answer('role', { type: 'done', action: 7 })
    expect(wrapper.emitted('said')).toEqual([
      [{ text: 'You’re no longer a moderator of \u2068tea\u2069', action: undefined }],
    ])
    expect((await show({}, {}, { user: li })).acts()).toEqual([])
  })

  it('asks again when what one may do did not come', async () => {
    const scene = new Scene({ room: 'tea', ...moderator })
    const { press, has } = scene.show(PersonDialog, { user: anna })
    await scene.refuse('members', 'too-fast')
    expect(has('Remove from room')).toBe(false)
    await press('Try again')
    await scene.hears({ type: 'members', room: 'tea', data: [member()], more: false })
    expect([has('Remove from room'), has('Try again')]).toEqual([true, false])
  })

  it('offers admins the house, and the owner who is to be an admin', async () => {
    expect((await show({}, { role: 'admin' })).acts()).toEqual([here, house])
    expect((await show({}, { role: 'admin' }, { serverRole: 'admin' })).acts()).toEqual([])
    expect((await show({}, { role: 'owner' }, { serverRole: 'admin' })).acts()[1]).toEqual([
      'Remove as admin',
      ...house,
    ])
    expect((await show({}, { role: 'owner' })).acts()[1]).toEqual(['Make admin', ...house])
    expect((await show({}, { role: 'owner' }, { serverRole: 'guest' })).acts()[1]).toEqual(house)
  })

  it('offers to lift what was done to him', async () => {
    const soon = Date.now() + 60_000
    const muted = await show(moderator, {}, { mutedUntil: soon })
    expect(muted.acts()[0]?.[1]).toBe('Unmute')
    await muted.press('Unmute')
    expect(muted.scene.sent('mute')).toMatchObject({ room: 'tea', user: anna.id, forMs: 0 })
    const banned = await show(moderator, {}, { bannedUntil: soon })
    expect(banned.acts()).toEqual([['Unban']])
    await banned.press('Unban')
    expect(banned.scene.sent('ban')).toMatchObject({ room: 'tea', user: anna.id, forMs: 0 })
  })
})

describe('an act', () => {
  it('is done, told with what undoes it, and closes the card', async () => {
    const { scene, wrapper, press } = await show(moderator)
    await press('Remove from room')
    expect(scene.sent('kick')).toMatchObject({ room: 'tea', user: anna.id })
    await scene.answer('kick', { type: 'done', action: 7 })
    expect(wrapper.emitted('said')).toEqual([
      [{ text: '\u2068Anna\u2069 was removed from \u2068tea\u2069', action: 7 }],
    ])
    expect(wrapper.emitted('close')).toHaveLength(1)
  })

  it('that was refused says why, and the card stays', async () => {
    const { scene, wrapper, press, fault } = await show(moderator)
    await press('Make moderator')
    await scene.refuse('role', 'forbidden')
    expect(fault()).toBe('You don’t have permission to do that.')
    expect(wrapper.emitted('close')).toBeUndefined()
  })

  it('that lasts is done for as long as one says, after one was asked', async () => {
    const { scene, wrapper, press, choose } = await show(moderator)
    await press('Mute…')
    expect(scene.sent('mute')).toBeUndefined()
    expect(wrapper.get('form').text()).toContain('Mute \u2068Anna\u2069 in \u2068tea\u2069?')
    expect(document.activeElement?.textContent).toBe('Cancel')
    await choose('1 hour')
    await press('Mute')
    expect(scene.sent('mute')).toMatchObject({ room: 'tea', user: anna.id, forMs: 3_600_000 })
  })

  it('of the house reaches the addresses only when one says so, and is for ever when one says so', async () => {
    const { scene, press, choose } = await show({}, { role: 'admin' })
    await press('Ban from server…')
    await press('Ban')
    expect(scene.sent('ban')).toMatchObject({ user: anna.id, forMs: 86_400_000, addresses: false })
    expect(scene.sent('ban')).not.toHaveProperty('room')
    await scene.refuse('ban', 'internal')
    await choose('Forever')
    await choose('Also ban everyone on the same internet connection (such as a home or school)')
    await press('Ban')
    expect(scene.sent('ban')).toMatchObject({ user: anna.id, addresses: true })
    expect(scene.sent('ban')).not.toHaveProperty('forMs')
  })

  it('that cannot be made good is done only by a second press', async () => {
    const { scene, wrapper, button, press } = await show({}, { role: 'admin' })
    button('Delete all their messages…')?.element.focus()
    await press('Delete all their messages…')
    expect(wrapper.find('[type=radio]').exists()).toBe(false)
    await press('Cancel')
    expect(document.activeElement?.textContent?.trim()).toBe('Delete all their messages…')
    expect(scene.sent('purge')).toBeUndefined()
    await press('Delete all their messages…')
    await press('Delete all')
    expect(scene.sent('purge')).toMatchObject({ user: anna.id })
  })
})

describe('what there is to say of somebody', () => {
  const now = 1_700_000_000_000
  const marks = (some: Partial<RoomMember>) => badgesOf(member(some), english, now)

  it('is his highest role, and nothing when it is the usual one', () => {
    expect(marks({})).toEqual([])
    expect(marks({ serverRole: 'guest' })).toEqual(['Guest'])
    expect(marks({ serverRole: 'guest', role: 'moderator' })).toEqual(['Moderator'])
    expect(marks({ serverRole: 'owner', role: 'moderator' })).toEqual(['Owner'])
  })

  it('is how long he is muted or banned, and nothing of what is over', () => {
    expect(marks({ mutedUntil: now + 1, bannedUntil: now + 1 })).toHaveLength(2)
    expect(marks({ mutedUntil: now, bannedUntil: now })).toEqual([])
    expect(marks({ bannedUntil: 8.64e15 })).toEqual(['banned forever'])
  })
})

it('a time is told in the largest unit that it is a whole number of', () => {
  const words = (ms: number) => formatDuration(ms, 'en')
  expect([1_000, 90_000, 600_000, 3_600_000, 86_400_000].map(words)).toEqual([
    '1 second',
    '90 seconds',
    '10 minutes',
    '1 hour',
    '1 day',
  ])
  expect(formatDuration(604_800_000, 'zh')).toBe('7天')
  expect([isForever(8.64e15), isForever(Date.now() + 366 * 86_400_000)]).toEqual([true, false])
})

it('whom one can choose: those who fit, beginnings first, each once, and not who is chosen', () => {
  const hannah = { id: 8, name: 'Hannah', image: 0 }
  const all = mergeFound([hannah, bo], [anna, bo])
  expect(all.map(({ name }) => name)).toEqual(['Hannah', 'Bo', 'Anna'])
  const names = (typed: string, without: number[] = []) => matchingPeople(all, typed, without).map(({ name }) => name)
  expect(names(' AN')).toEqual(['Anna', 'Hannah'])
  expect(names('', [anna.id])).toEqual(['Hannah', 'Bo'])
  expect(names('x')).toEqual([])
})
