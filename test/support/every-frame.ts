/** A session in which every command is sent and every frame is received. */
import { Presence } from '../../src/server/chat/presence.ts'
import { limits } from '../../src/shared/protocol/limits.ts'
import { visitorNamed } from './clients/visitor.ts'
import { fileId } from './files.ts'
import { den, tea } from './server/populate.ts'
import { bosFiles, ConnectedUser, startPopulatedServer } from './server/populated-server.ts'
import type { Cleanup } from './server/server.ts'
import { pushSettings, startPushService } from './services/push-service.ts'

const hourMs = 60 * 60 * 1000
const brewing = { text: 'Brewing', emoji: '🍵', forMs: hourMs }

export type Heard = Record<string, unknown> & { type: string }

export interface Session {
  /** Every text that the clients sent. */
  sent: string[]
  received: Heard[]
}

/** Sends every command and causes every frame, with every user connected. */
export async function sessionOfEverything(t: Cleanup): Promise<Session> {
  const push = await startPushService(t)
  const settings = { ...(await pushSettings(push)), TRUST_PROXY: '127.0.0.1' }
  const { server, owen, ada, anna, cai, bo, eve } = await startPopulatedServer(t, settings)
  const more: ConnectedUser[] = []
  const connected = async ({ visitor }: ConnectedUser) => {
    const one = await ConnectedUser.of(visitor)
    more.push(one)
    return one
  }

  // Messages
  const files = bosFiles.map(fileId)
  await bo.did({ type: 'chat', room: tea, data: '@Anna', files })
  await anna.did({ type: 'chat', room: tea, data: 'yes?', reply: 1 })
  await bo.did({ type: 'edit', room: tea, ref: 1, data: '@Anna, hello', files: files.slice(1) })
  await anna.did({ type: 'react', room: tea, ref: 1, data: '🍵', on: true })
  await bo.did({ type: 'chat', room: tea, data: 'rude' })
  await cai.did({ type: 'delete', room: tea, ref: 5 })
  await cai.did({ type: 'pin', room: tea, ref: 1, on: true })
  await bo.chat.ask({ type: 'pins', room: tea }, 'pins')
  for (const place of [{}, { before: 1_000, limit: 1 }])
    await bo.chat.ask({ type: 'files', room: tea, ...place }, 'files')
  const webhook = { name: 'Weather', url: 'https://hooks.example/', kind: 'command', command: 'weather', room: tea }
  await ada.visitor.post('/admin/webhooks', webhook)
  await bo.chat.ask({ type: 'commands', room: tea }, 'commands')
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
  await bo.chat.ask({ type: 'notifications' }, 'notifications')
  const quiet = { from: '22:00', to: '07:00' }
  await bo.does({ type: 'set-notifications', quiet, timeZone: 'Europe/Berlin', keywords: ['oolong'] })
  await bo.does({ type: 'push-subscribe', ...push.newBrowser().subscription, language: 'zh' })
  for (const status of [201, 503]) {
    push.respond = () => status
    await bo.does({ type: 'push-test', id: 1 })
  }
  await bo.does({ type: 'push-unsubscribe', id: 1 })
  for (const after of [0, 1_000]) await anna.chat.ask({ type: 'next-mention', room: tea, after }, 'next-mention')
  for (const before of [{}, { before: 1_000 }]) await anna.chat.ask({ type: 'mentions', ...before }, 'mentions')
  await anna.did({ type: 'save', room: tea, ref: 1, on: true })
  await (await connected(anna)).chat.open(tea)
  for (const before of [{}, { before: 1_000 }]) await anna.chat.ask({ type: 'saved', ...before }, 'saved')

  for (const place of [{}, { room: tea, limit: 1 }]) {
    const { cursor } = await anna.chat.ask({ type: 'search', query: 'has:link', ...place }, 'found')
    if (cursor) await anna.chat.ask({ type: 'search', query: 'has:link', ...place, cursor }, 'found')
  }

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
  await anna.chat.ask({ type: 'summary', room: den }, 'room')
  bo.chat.send({ type: 'read-all', rooms: [tea] })
  await bo.chat.next('read')

  // Moderation
  await anna.did({ type: 'mute', room: den, user: bo.id, forMs: hourMs })
  await anna.did({ type: 'ban', room: den, user: eve.id, forMs: hourMs, removeMs: hourMs })
  await anna.chat.ask({ type: 'members', room: den, find: '' }, 'members')
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
  await owen.visitor.post('/admin/bots', { name: 'Relay' })
  await owen.visitor.post('/admin/hooks', { hook: 'Alerts', room: 'lobby' })
  await owen.visitor.post('/admin/hooks/1/revoke')
  const { data: made } = await owen.chat.ask({ type: 'audit' }, 'audit')
  await owen.visitor.post(`/admin/bots/${made.find(({ type }) => type === 'add-bot')?.user?.id}/revoke`)
  const looks = [
    {
      name: 'Corner',
      welcome: 'Tea',
      guestRooms: 'off',
      language: 'zh',
      accent: 'teal',
      emoji: '🍵',
      maxFileBytes: '50',
      fileBytesPerDay: '1000',
      maxStorageBytes: '9',
    },
    {
      name: 'House',
      welcome: 'Water',
      guestRooms: 'on',
      language: 'en',
      accent: 'blue',
      emoji: '🫖',
      maxFileBytes: '100',
      fileBytesPerDay: '2000',
      maxStorageBytes: '0',
    },
  ]
  for (const look of looks) await owen.visitor.post('/admin/server', look)
  await owen.chat.ask({ type: 'audit' }, 'audit')

  await anna.chat.ask({ type: 'close', room: den }, 'closed')
  // A user who connects now receives the state of all of it.
  for (const one of [owen, anna, cai, bo]) await connected(one)
  for (const { chat } of [owen, ada, anna, cai, bo]) await chat.settle()
  await server.stop()
  await owen.chat.closed
  const clients = [owen, ada, anna, cai, bo, eve, ...more].map(({ chat }) => chat)
  return {
    sent: clients.flatMap(({ sent }) => sent),
    received: [...clients.flatMap(({ received }) => received), ...inALargeRoom()],
  }
}

/** Presence in rooms where too many users come and go to name each one. */
function inALargeRoom(): Heard[] {
  const heard: Heard[] = []
  const presence = new Presence(tea, 0, (frame) => heard.push({ ...frame }))
  const people = Array.from({ length: limits.maxListedUsers + 1 }, (_, id) => ({ id, name: `Person ${id}`, image: 0 }))
  for (const one of people) presence.enter(one, one)
  const online = presence.takeOnline()
  if (online) heard.push({ ...online })
  for (const one of people) presence.leave(one, one, false)
  presence.end()
  return heard
}
