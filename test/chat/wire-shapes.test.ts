/**
 * Every field that goes over the wire. The stored rows of users, rooms and messages grow, and a row that is spread into a
 * frame would send all of them: `src/server/api-docs/schemas` is the list of allowed fields, which a change of the protocol must
 * change.
 */
import { describe, expect, it } from 'vitest'
import { frames as frameSchemas } from '../../src/server/api-docs/schemas/frames.ts'
import { message, summary, user } from '../../src/server/api-docs/schemas/objects.ts'
import type { ServerFrame } from '../../src/shared/protocol/frames.ts'
import type { User } from '../../src/shared/protocol/types.ts'
import { botNamed } from '../support/clients/bots.ts'
import { sessionOfEverything } from '../support/every-frame.ts'
import { AnyOf, anyName, type Fields, type Shape, Shapes, shapeOf } from '../support/json-shapes.ts'
import { den, tea } from '../support/server/populate.ts'
import { startPopulatedServer } from '../support/server/populated-server.ts'

const value = 'value'

function fields(names: string, more: Fields = {}): Fields {
  return { ...Object.fromEntries(names.split(' ').map((name) => [name, value])), ...more }
}

const frames = Object.fromEntries(
  Object.entries(frameSchemas).map(([type, schema]) => [type, shapeOf(schema)]),
) as Record<ServerFrame['type'], Shape>

const page: Shape = {
  ...fields('role isVerified canViewPublic canCreateRooms serverName serverIcon newer target? build'),
  user: shapeOf(user),
  blocked: [value],
  rooms: [shapeOf(summary)],
  opened: frames.opened,
  'pinned?': shapeOf(message),
  language: { code: value, texts: { [anyName]: (word) => (isObject(word) ? { [anyName]: value } : value) } },
}

describe('frames on the wire', () => {
  it('have exactly the fields that are on the list', async (t) => {
    const { received: heard } = await sessionOfEverything(t)
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
    // The mark of a bot has a test of its own below, and pictures have theirs.
    const unmet = optionalPaths().filter((path) => !met.includes(path) && !/\.(bot|picture)\?$/.test(path))
    expect(unmet).toEqual([
      'chat.deleted?',
      ...['reply?', 'deleted?', 'reactions?', 'reactions?.*'].map((field) => `pins.data[].${field}`),
      ...['reply?', 'deleted?', 'reactions?', 'reactions?.*'].map((field) => `mentions.data[].${field}`),
      ...['kind?', 'people?'].map((field) => `mentions.rooms[].${field}`),
      'mentions.next?',
      ...['reply?', 'deleted?', 'reactions?', 'reactions?.*'].map((field) => `saved.data[].${field}`),
      ...['kind?', 'people?'].map((field) => `saved.rooms[].${field}`),
      'saved.next?',
      // One plain message is found.
      ...['reply?', 'mentions?', 'files?'].map((field) => `found.data[].${field}`),
      ...['width?', 'height?', 'color?', 'alt?'].map((field) => `found.data[].files?[].${field}`),
      ...['deleted?', 'edited?', 'reactions?', 'reactions?.*'].map((field) => `found.data[].${field}`),
      ...['kind?', 'people?'].map((field) => `found.rooms[].${field}`),
      // Texts of files are indexed later: see test/files/text-indexer.test.ts.
      'found.excerpts?',
      'found.cursor?',
      'found.incomplete?',
      // The server sends no email, and has the address that is needed to push.
      'notifications.mail?',
      'notifications.mail?.stopped?',
      'notifications.mail?.refused?',
      'notifications.push.reason?',
      // To turn guests off ends the sessions of most users here.
      'audit.data[].data.before?.guests?',
      'audit.data[].data.after?.guests?',
    ])
  })
  it('have the mark of a bot wherever they name it, and nowhere else', async (t) => {
    const { server, anna, cai, ada } = await startPopulatedServer(t)
    const bot = await botNamed(server, 'Relay', { rooms: [tea] })
    const chat = await server.connect('/ws/chat', { protocol: 'chat.v1', headers: bot.bearer })
    await chat.open(tea)
    const ref = await chat.say(tea, 'hello @Anna')
    chat.send({ type: 'typing', room: tea })
    chat.send({ type: 'react', room: tea, key: 'r', ref, data: '🍵', on: true })
    await anna.chat.next('typing')
    await cai.did({ type: 'pin', room: tea, ref, on: true })
    await anna.chat.ask({ type: 'pins', room: tea }, 'pins')
    await anna.chat.ask({ type: 'history', room: tea }, 'history')
    await anna.chat.ask({ type: 'members', room: tea }, 'members')
    await anna.chat.ask({ type: 'users', data: 'Relay' }, 'users')
    await anna.chat.ask({ type: 'mentions' }, 'mentions')
    await anna.did({ type: 'save', room: tea, ref, on: true })
    await anna.chat.ask({ type: 'saved' }, 'saved')
    await anna.does({ type: 'create', kind: 'direct', users: [bot.user.id] })
    await anna.did({ type: 'block', user: bot.user.id, on: true })
    await anna.chat.ask({ type: 'blocks' }, 'blocks')
    await cai.did({ type: 'ban', room: tea, user: bot.user.id, forMs: 3_600_000 })
    await ada.chat.ask({ type: 'audit' }, 'audit')
    const frames = [chat, anna.chat, cai.chat, ada.chat].flatMap(({ received }) => received)
    const named = new Map<string, User[]>()
    for (const frame of frames)
      for (const user of usersIn(frame)) named.set(frame.type, [...(named.get(frame.type) ?? []), user])
    const types = [...named].filter(([, users]) => users.some(({ id }) => id === bot.user.id)).map(([type]) => type)
    expect(types.toSorted()).toEqual([
      ...['audit', 'banned', 'blocks', 'chat', 'history', 'join', 'left', 'members', 'mentions', 'opened'],
      ...['pins', 'react', 'room', 'saved', 'typing', 'users', 'welcome'],
    ])
    const wrong = [...named].filter(([, users]) =>
      users.some((user) => user.bot !== (user.id === bot.user.id ? true : undefined)),
    )
    expect(wrong).toEqual([])
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
    const frame = { ...fields('id type'), user: shapeOf(user) }
    const shape: Shape = (one) => ({ ...frame, data: Object(one).type === 'list' ? [shapeOf(user)] : value })
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

/** Each user that a frame names, however deep. */
function usersIn(value: unknown): User[] {
  if (!isObject(value)) return []
  const own = 'image' in value ? [value as User] : []
  return [...own, ...Object.values(value).flatMap(usersIn)]
}

function isObject(one: unknown): one is object {
  return Object(one) === one
}

/** The fields that may be missing, and those that are content, by their paths. */
function optionalPaths(): string[] {
  return Object.entries(frames).flatMap(([type, shape]) => optionalIn(shape, type))
}

function optionalIn(shape: Shape, path: string): string[] {
  if (shape instanceof AnyOf) return [...new Set(shape.options.flatMap((one) => optionalIn(one, path)))]
  if (typeof shape === 'function') return []
  if (shape === 'value') return []
  if (Array.isArray(shape)) return optionalIn(shape[0], `${path}[]`)
  return Object.entries(shape).flatMap(([name, field]) => {
    const own = `${path}.${name}`
    return /[?*]$/.test(name) ? [own, ...optionalIn(field, own)] : optionalIn(field, own)
  })
}
