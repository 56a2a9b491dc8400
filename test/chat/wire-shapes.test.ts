/**
 * Every field that goes over the wire. The stored rows of users, rooms and messages grow, and a row that is spread into a
 * frame would send all of them: this is the list of allowed fields, which a change of the protocol must change.
 */
import { describe, expect, it } from 'vitest'
import { Presence } from '../../src/server/chat/presence.ts'
import type { ServerFrame } from '../../src/shared/protocol/frames.ts'
import { limits } from '../../src/shared/protocol/limits.ts'
import { anyName, type Fields, type Shape, Shapes } from '../support/json-shapes.ts'
import { den, tea } from '../support/populate.ts'
import { ConnectedUser, startPopulatedServer } from '../support/populated-server.ts'
import { visitorNamed } from '../support/visitor.ts'

const hourMs = 60 * 60 * 1000
const brewing = { text: 'Brewing', emoji: '🍵', forMs: hourMs }
const value = 'value'

function fields(names: string, more: Fields = {}): Fields {
  return { ...Object.fromEntries(names.split(' ').map((name) => [name, value])), ...more }
}

const user = fields('id name image')
const status = fields('text emoji? until?')
const entry = { ...fields('id room type at'), user }
const settings = fields('name? topic? readOnly? slowMs? archived?')
const mentioned = fields('id name')
const entries = {
  chat: { ...entry, ...fields('data reply? deleted?'), 'mentions?': [mentioned] },
  edit: { ...entry, ...fields('ref data'), 'mentions?': [mentioned] },
  delete: { ...entry, ...fields('ref') },
  react: { ...entry, ...fields('ref data on') },
  pin: { ...entry, ...fields('ref on') },
  room: { ...entry, data: settings },
} satisfies Record<string, Fields>
const message = { ...entries.chat, 'edited?': value, 'reactions?': { [anyName]: ['value'] } } satisfies Fields
const summary = {
  ...fields('room name topic last read unread mentions'),
  ...fields('kind? role? isCreator? left? request? readOnly? slowMs? archived? mutedUntil? notify?'),
  'people?': [{ ...user, 'status?': status }],
} satisfies Fields
const invite = { ...fields('id at expiresAt usesLeft'), by: user }
const range = fields('range until action')
const membership = fields('isIn? isInvited? role? bannedUntil?')
const actData: Shape = {
  ...fields('until? removedSince? role? range? message? reaction? name? action? invite? uses? expiresAt? on?'),
  'ranges?': [value],
  'users?': [value],
  'after?': settings,
  'lifted?': [range],
  // What the audit log stores about a membership, a change, the end of a ban or an address ban.
  'before?': (before) => {
    if (Array.isArray(before)) return [range]
    return isObject(before) ? { ...membership, ...settings } : value
  },
}
const action = { ...fields('id type at undoable undoneBy? room?'), 'by?': user, 'user?': user, data: actData }
const opened = {
  ...fields('type room epoch last at reset more online read'),
  list: [user],
  'pins?': [value],
  'saved?': [value],
  'messages?': [message],
  'entries?': [(one) => entries[typeOf<keyof typeof entries>(one)]],
} satisfies Fields

/** Messages of several rooms. */
const listed = { data: [message], rooms: [{ ...fields('room name kind?'), 'people?': [user] }] } satisfies Fields

/** A type that is not here is a mistake that the compiler finds. */
const frames: Record<ServerFrame['type'], Shape> = {
  welcome: {
    ...fields('type heartbeatMs build role'),
    'blocked?': [value],
    user,
    rooms: [summary],
    limits: fields(Object.keys(limits).join(' ')),
  },
  opened,
  closed: fields('type room'),
  sent: fields('type room key id action?'),
  ...entries,
  // The entry, the user's view of the room, and the removal of that view.
  room: (frame) => {
    if (isObject(frame) && 'id' in frame) return entries.room
    return isObject(frame) && 'gone' in frame ? fields('type room gone') : { ...summary, ...fields('type key?') }
  },
  history: { ...fields('type room more before? after? around?'), messages: [message] },
  pins: { ...fields('type room'), data: [message] },
  join: { ...fields('type room online'), user },
  left: { ...fields('type room online'), user },
  online: fields('type room online'),
  list: { ...fields('type room online'), data: [user] },
  typing: { ...fields('type room'), user },
  status: { ...fields('type room'), data: [{ ...fields('user'), 'status?': status }] },
  blocks: { ...fields('type'), data: [user] },
  read: fields('type room id last? unread? mentions?'),
  mentions: { ...fields('type before? next?'), ...listed },
  save: fields('type room ref on'),
  saved: { ...fields('type before? next?'), ...listed },
  'next-mention': fields('type room after id?'),
  role: fields('type role'),
  members: {
    ...fields('type room more user?'),
    data: [
      {
        ...fields('serverRole role mutedUntil? bannedUntil? serverBannedUntil? left? seenAt?'),
        'status?': status,
        user,
      },
    ],
  },
  banned: { ...fields('type until room?'), user, by: user },
  users: { ...fields('type find'), data: [user] },
  invite: { ...fields('type room key token'), invite },
  invites: { ...fields('type room'), data: [invite] },
  audit: { ...fields('type more'), data: [action] },
  done: fields('type key room? action?'),
  error: fields('type code message command? key? room? retryAfterMs?'),
  bye: fields('type retryAfterMs'),
  pong: fields('type'),
}

const page: Shape = {
  ...fields('role isVerified canViewPublic canCreateRooms serverName serverIcon newer target? build'),
  user,
  blocked: [value],
  rooms: [summary],
  opened,
  'pinned?': message,
  language: { code: value, texts: { [anyName]: (word) => (isObject(word) ? { [anyName]: value } : value) } },
}

describe('frames on the wire', () => {
  it('have exactly the fields that are on the list', async (t) => {
    const heard = [...(await framesOfEveryKind(t)), ...inALargeRoom()]
    const shapes = new Shapes()
    const faults = heard.flatMap((frame) => {
      const shape = frames[frame.type as ServerFrame['type']]
      return shape ? shapes.faultsIn(frame, shape, frame.type) : [`${frame.type} is not on the list`]
    })
    expect([...new Set(faults)]).toEqual([])
    // A shape that never occurred was not checked.
    expect(Object.keys(frames).filter((type) => !heard.some((frame) => frame.type === type))).toEqual([])
    const met = [...shapes.met]
    // A message that is deleted already comes by itself only to a slow reader; in `opened` it is looked at. None is pinned, and
    // a list of messages outside of their rooms has no reactions.
    expect(optionalPaths().filter((path) => !met.includes(path))).toEqual([
      'chat.deleted?',
      ...['reply?', 'deleted?', 'reactions?', 'reactions?.*'].map((field) => `pins.data[].${field}`),
      'mentions.next?',
      ...['reply?', 'deleted?', 'reactions?', 'reactions?.*'].map((field) => `mentions.data[].${field}`),
      ...['kind?', 'people?'].map((field) => `mentions.rooms[].${field}`),
      'saved.next?',
      ...['reply?', 'deleted?', 'reactions?', 'reactions?.*'].map((field) => `saved.data[].${field}`),
      ...['kind?', 'people?'].map((field) => `saved.rooms[].${field}`),
    ])
  })
  it('fail the check with a field that is not on the list', () => {
    const leaky = {
      type: 'typing',
      room: tea,
      user: { id: 1, name: 'Anna', image: 0, role: 'admin', passwordHash: 'x' },
    }
    expect(new Shapes().faultsIn(leaky, frames.typing, 'typing')).toEqual([
      'typing.user.role is not on the list',
      'typing.user.passwordHash is not on the list',
    ])
    expect(new Shapes().faultsIn({ type: 'pong', at: {} }, frames.pong, 'pong')).toHaveLength(1)
    expect(new Shapes().faultsIn({ type: 'closed', room: { id: 1 } }, frames.closed, 'closed')).toHaveLength(1)
    expect(new Shapes().faultsIn({ type: 'closed' }, frames.closed, 'closed')).toEqual(['closed.room is missing'])
  })
  it('have the same fields on classic connections as before', async (t) => {
    const { bo, owen } = await startPopulatedServer(t)
    const classic = await bo.visitor.connect({ protocol: undefined })
    await classic.next('list')
    await owen.chat.open('lobby')
    await owen.did({ type: 'chat', room: 'lobby', data: 'hello' })
    await owen.chat.ask({ type: 'close', room: 'lobby' }, 'closed')
    await classic.next('left')
    classic.send('x'.repeat(4_001))
    await classic.next('error')
    const frame = { ...fields('id type'), user }
    const shape: Shape = (one) => ({ ...frame, data: typeOf(one) === 'list' ? [user] : value })
    const faults = classic.received.flatMap((one) => new Shapes().faultsIn(one, shape, one.type))
    expect(faults).toEqual([])
    expect([...new Set(classic.received.map(({ type }) => type))].sort()).toEqual([
      'chat',
      'error',
      'join',
      'left',
      'list',
    ])
  })
  it('have the same shapes in a rendered page', async (t) => {
    const { anna, bo } = await startPopulatedServer(t)
    await bo.did({ type: 'chat', room: den, data: 'hello' })
    await bo.did({ type: 'react', room: den, ref: 1, data: '🍵', on: true })
    const { body } = await anna.visitor.get(`/rooms/${den}/1`)
    const [, json = ''] = /<script type="application\/json" id="state">([\s\S]*?)<\/script>/.exec(body) ?? []
    expect(new Shapes().faultsIn(JSON.parse(json), page, 'page')).toEqual([])
  })
})

function isObject(one: unknown): one is object {
  return Object(one) === one
}

function typeOf<Type extends string>(one: unknown): Type {
  return (one as { type: Type }).type
}

/** The fields that may be missing, and those that are content, by their paths. */
function optionalPaths(): string[] {
  return Object.entries(frames).flatMap(([type, shape]) => optionalIn(shape, type))
}

function optionalIn(shape: Shape, path: string): string[] {
  if (typeof shape === 'function') return variants.get(path)?.flatMap((one) => optionalIn(one, path)) ?? []
  if (shape === 'value') return []
  if (Array.isArray(shape)) return optionalIn(shape[0], `${path}[]`)
  return Object.entries(shape).flatMap(([name, field]) => {
    const own = `${path}.${name}`
    return /[?*]$/.test(name) ? [own, ...optionalIn(field, own)] : optionalIn(field, own)
  })
}

/** The shapes that depend on the state. */
const variants = new Map<string, Shape[]>([
  ['room', [entries.room, { ...summary, ...fields('key?') }]],
  ['opened.entries?[]', Object.values(entries)],
  ['audit.data[].data.before?', [membership, settings]],
])

type Heard = { type: string }

/** Causes every frame, with every user connected. */
async function framesOfEveryKind(t: Parameters<typeof startPopulatedServer>[0]): Promise<Heard[]> {
  const { server, owen, ada, anna, cai, bo, eve } = await startPopulatedServer(t, { TRUST_PROXY: '127.0.0.1' })
  const more: ConnectedUser[] = []
  const connected = async ({ visitor }: ConnectedUser) => {
    const one = await ConnectedUser.of(visitor)
    more.push(one)
    return one
  }

  // Messages
  await bo.did({ type: 'chat', room: tea, data: '@Anna' })
  await anna.did({ type: 'chat', room: tea, data: 'yes?', reply: 1 })
  await bo.did({ type: 'edit', room: tea, ref: 1, data: '@Anna, hello' })
  await anna.did({ type: 'react', room: tea, ref: 1, data: '🍵', on: true })
  await bo.did({ type: 'chat', room: tea, data: 'rude' })
  await cai.did({ type: 'delete', room: tea, ref: 5 })
  await cai.did({ type: 'pin', room: tea, ref: 1, on: true })
  await bo.chat.ask({ type: 'pins', room: tea }, 'pins')
  bo.chat.send({ type: 'typing', room: tea })
  await anna.chat.next('typing')
  const reader = await connected(bo)
  bo.chat.send({ type: 'read', room: tea, id: 1 })
  await reader.chat.next('read')
  bo.chat.send({ type: 'unread', room: tea, id: 1 })
  await reader.chat.next('read')
  for (const place of [{ before: 9 }, { after: 0 }, { around: 1 }]) {
    await bo.chat.ask({ type: 'history', room: tea, ...place }, 'history')
  }

  for (const one of [bo, eve]) await one.did({ type: 'status', ...brewing })
  await anna.chat.next('status')
  await bo.did({ type: 'notify', room: tea, level: 'mentions' })
  for (const after of [0, 1_000]) await anna.chat.ask({ type: 'next-mention', room: tea, after }, 'next-mention')
  for (const before of [{}, { before: 1_000 }]) await anna.chat.ask({ type: 'mentions', ...before }, 'mentions')
  await anna.did({ type: 'save', room: tea, ref: 1, on: true })
  await (await connected(anna)).chat.open(tea)
  for (const before of [{}, { before: 1_000 }]) await anna.chat.ask({ type: 'saved', ...before }, 'saved')

  // Rooms
  const all = { topic: 'Tea', readOnly: true, slowMs: 1_000 } as const
  const action = await anna.did({ type: 'change', room: tea, name: 'The tea', ...all, archived: true })
  await anna.did({ type: 'undo', action })
  await anna.did({ type: 'change', room: tea, ...all })
  await anna.did({ type: 'change', room: tea, archived: true })
  await reader.chat.open(tea, { after: 0 })
  await reader.chat.open(tea)
  await eve.does({ type: 'create', name: 'Eve’s', topic: 'Hers' })
  const talk = await eve.does({ type: 'create', kind: 'direct', users: [bo.id] })
  if (talk.type !== 'room') throw new Error('There is no conversation.')
  await eve.chat.open(talk.room)
  await bo.chat.open(talk.room)
  await bo.did({ type: 'accept', room: talk.room })
  await eve.did({ type: 'chat', room: talk.room, data: '@Bo' })
  await anna.did({ type: 'add', room: den, users: [eve.id] })
  await anna.does({ type: 'invite', room: den })
  const { data } = await anna.chat.ask({ type: 'invites', room: den }, 'invites')
  await anna.did({ type: 'revoke', room: den, id: data[0]?.id ?? 0 })
  await anna.chat.ask({ type: 'users', data: '' }, 'users')

  // Moderation
  await anna.did({ type: 'mute', room: den, user: bo.id, forMs: hourMs })
  await anna.did({ type: 'ban', room: den, user: eve.id, forMs: hourMs, removeMs: hourMs })
  await anna.chat.ask({ type: 'members', room: den }, 'members')
  const ref = await anna.chat.say(den, 'hello')
  await cai.did({ type: 'react', room: den, ref, data: '🍵', on: true })
  await anna.did({ type: 'unreact', room: den, ref, user: cai.id, data: '🍵' })
  await anna.did({ type: 'block', user: eve.id, on: true })
  await anna.chat.ask({ type: 'blocks' }, 'blocks')
  await ada.did({ type: 'delete-room', room: 'Eve’s' })
  await ada.did({ type: 'purge', user: eve.id })
  // A purge clears the status.
  await eve.did({ type: 'status', ...brewing })
  const mo = await ConnectedUser.of(await visitorNamed(server, 'Mo', { 'X-Forwarded-For': '203.0.113.7' }))
  await mo.chat.open('lobby')
  await ada.did({ type: 'ban', user: mo.id, forMs: hourMs, addresses: true })
  await ada.chat.open('lobby')
  await ada.chat.ask({ type: 'members', room: 'lobby', user: mo.id }, 'members')
  await ada.did({ type: 'ban', user: mo.id, forMs: 0 })
  await ada.visitor.post('/admin/addresses', { range: '203.0.113.0/24', days: '1' })
  await ada.visitor.post('/admin/addresses/lift', { range: '203.0.113.0/24' })
  await anna.did({ type: 'kick', room: den, user: cai.id })
  await anna.chat.ask({ type: 'members', room: den, user: cai.id }, 'members')
  await owen.did({ type: 'role', user: ada.id, role: 'member' })
  await bo.did({ type: 'leave', room: tea })
  await bo.does({ type: 'chat', room: den, data: 'muted' })
  await anna.did({ type: 'add', room: den, users: [owen.id] })
  await owen.chat.ask({ type: 'audit' }, 'audit')

  await anna.chat.ask({ type: 'close', room: den }, 'closed')
  // A user who connects now receives the state of all of it.
  for (const one of [owen, anna, cai, bo]) await connected(one)
  for (const { chat } of [owen, ada, anna, cai, bo]) await chat.settle()
  await server.stop()
  await owen.chat.closed
  return [owen, ada, anna, cai, bo, eve, ...more].flatMap(({ chat }) => chat.received)
}

/** Presence in rooms where too many users come and go to name each one. */
function inALargeRoom(): Heard[] {
  const heard: Heard[] = []
  const presence = new Presence(tea, 0, (frame) => heard.push(frame))
  const people = Array.from({ length: limits.maxListedUsers + 1 }, (_, id) => ({ id, name: `Person ${id}`, image: 0 }))
  for (const one of people) presence.enter(one, one)
  const online = presence.takeOnline()
  if (online) heard.push(online)
  for (const one of people) presence.leave(one, one, false)
  presence.end()
  return heard
}
