import { randomUUID } from 'node:crypto'
import { type Answer, ask } from '../../../http/raw-request.ts'
import type { ChatClient } from '../../../support/clients/client.ts'
import { mapConcurrently } from '../../../support/run/map-concurrently.ts'
import { den } from '../../../support/server/populate.ts'
import { type Battery, premise, type Size, share, Tally } from '../../battery.ts'
import { allFields } from '../../http/form-fields.ts'
import { allRoutes, methodsFor, type Route } from '../../http/routes.ts'
import { StoredData } from '../../server/stored-data.ts'
import {
  nothing,
  type Outsider,
  openSecretServer,
  type SecretServer,
  type Things,
  talk,
  withoutGuests,
} from '../../server/unauthorized-users.ts'
import { type Reach, reachesOf, type Sent, types } from '../../socket/unauthorized-commands.ts'

type Kind = keyof Things
type Frame = Record<string, unknown> & { type: string }

/** The frames that the others in a room receive for any command. */
const broadcast = ['join', 'left', 'list', 'online', 'typing', 'read']
const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

export default {
  what: 'Every command and route with rooms, messages, users, actions, invitations and sessions that the user may not access: the answer is the same as for missing ones, nothing is stored, and no other user gets a frame.',
  atLeast: { smallest: 300, short: 2_500, long: 30_000 },

  async run(size, t) {
    const tally = new Tally()
    const secret = await openSecretServer(t)
    const stored = new StoredData(t, secret.server)
    const routes = routesThatName(await allRoutes(), tally)
    await tryToOverhear(secret, tally)
    for (const outsider of secret.outsiders) await tryAsOutsider(secret, outsider, stored, routes, size, tally)
    for (const outsider of await withoutGuests(secret))
      await tryAsOutsider(secret, outsider, stored, routes, size, tally)
    await checkThatItExists(secret, tally)
    return tally
  },
} satisfies Battery

/** Listens while members write, read, join, leave and moderate. */
async function tryToOverhear({ anna, bo, outsiders, secrets }: SecretServer, tally: Tally): Promise<void> {
  const listening = await Promise.all(outsiders.map(async (outsider) => ({ outsider, chat: await enter(outsider) })))
  // They have received each other's joins.
  for (const { chat } of listening) {
    await chat.settle()
    chat.received.length = 0
  }
  const [annas, bos, others] = [await anna.connect(), await bo.connect(), await bo.connect()]
  const { user } = await bos.next('welcome')
  for (const room of [den, talk]) for (const chat of [annas, bos]) await chat.open(room)
  const does = async (chat: ChatClient, command: Sent) => {
    const key = randomUUID()
    chat.send({ ...command, key })
    const answer = await chat.nextWhere((frame) => frame.key === key)
    premise(answer.type !== 'error', `${JSON.stringify(command)} is refused: ${answer.message}`)
    return answer
  }
  for (const room of [den, talk]) {
    const { id } = await does(annas, { type: 'chat', room, data: `@Eve @Ada @Kit @Lee @Ban ${secrets[0]}` })
    bos.send({ type: 'typing', room })
    await annas.next('typing')
    bos.send({ type: 'read', room, id })
    await others.next('read')
    await does(bos, { type: 'react', room, ref: id, data: '🍵', on: true })
    await does(annas, { type: 'edit', room, ref: id, data: `@Eve ${secrets[1]}` })
    await does(annas, { type: 'delete', room, ref: id })
    await does(annas, { type: 'change', room, topic: secrets[2] })
  }
  await does(annas, { type: 'mute', room: den, user: user.id, forMs: 60_000 })
  await does(annas, { type: 'mute', room: den, user: user.id, forMs: 0 })
  await does(annas, { type: 'invite', room: den })
  await does(bos, { type: 'create', kind: 'private', name: secrets[3] })
  await bos.ask({ type: 'close', room: den }, 'closed')
  await annas.next('left')
  for (const { outsider, chat } of listening) {
    await chat.settle()
    const heard = chat.received.filter(({ type }) => type !== 'pong')
    tally.count(heard.length === 0, `${outsider.who} overheard ${JSON.stringify(heard)}`)
  }
  for (const chat of [annas, bos, others, ...listening.map(({ chat }) => chat)]) await chat.close()
}

async function tryAsOutsider(
  secret: SecretServer,
  outsider: Outsider,
  stored: StoredData,
  routes: NamingRoute[],
  size: Size,
  tally: Tally,
): Promise<void> {
  const watching = await secret.anna.connect()
  for (const room of [den, talk]) await watching.open(room)
  const chat = await enter(outsider, (welcome) => judgeWelcome(secret, outsider, welcome, tally))
  watching.received.length = 0
  const before = stored.digest()
  await tryCommands(secret, outsider, chat, size, tally)
  await tryRoutes(secret, outsider, routes, size, tally)
  await tryStreams(secret, outsider, tally)
  await readPages(secret, outsider, tally)
  tally.count(stored.digest() === before, `something was stored for ${outsider.who}`)
  await watching.settle()
  const heard = watching.received.filter(({ type }) => type !== 'pong')
  tally.count(heard.length === 0, `the members received ${JSON.stringify(heard)} of ${outsider.who}`)
  await chat.close()
  await watching.close()
}

/** Opens the user's own room and reads it to its end, so that their read mark is already stored. */
async function enter({ visitor, own }: Outsider, judge: (welcome: Frame) => void = () => {}): Promise<ChatClient> {
  const chat = await visitor.connect()
  judge((await chat.next('welcome')) as unknown as Frame)
  if (own !== nothing.room) {
    const { last } = await chat.open(own)
    chat.send({ type: 'read', room: own, id: last })
  }
  await chat.settle()
  chat.received.length = 0
  return chat
}

function judgeWelcome(secret: SecretServer, outsider: Outsider, welcome: Frame, tally: Tally): void {
  const rooms = welcome.rooms as { room: string; mentions: number }[]
  const seen = rooms.filter(({ room }) => outsider.foreign.includes(room))
  tally.count(seen.length === 0, `${outsider.who} is welcomed with ${JSON.stringify(seen)}`)
  const mentions = rooms.filter((room) => room.mentions > 0)
  tally.count(mentions.length === 0, `${outsider.who} gets mentions: ${JSON.stringify(mentions)}`)
  judgeText(secret, outsider, JSON.stringify(welcome), 'their welcome', tally)
}

// Commands

async function tryCommands(
  secret: SecretServer,
  outsider: Outsider,
  chat: ChatClient,
  size: Size,
  tally: Tally,
): Promise<void> {
  const offset = secret.outsiders.indexOf(outsider) + 1
  for (const type of share(size, 4, types, offset)) {
    for (const reach of reachesOrFault(type, tally)) {
      if (isTheirBusiness(outsider, reach)) continue
      for (const thing of thingsOf(secret, outsider, reach.kind, size)) {
        await tryCommand(secret, outsider, chat, reach, thing, tally)
      }
    }
  }
  // Commands without a target may reveal it, too.
  const searches = ['secret', 'has:link', 'se*'].map((query) => ({ type: 'search', query }))
  const lists = [{ type: 'audit' }, { type: 'users', data: '' }, { type: 'mentions' }, { type: 'saved' }]
  for (const command of [...lists, ...searches]) {
    const answer = await answerTo(chat, command)
    judgeText(secret, outsider, JSON.stringify(answer), JSON.stringify(command), tally)
  }
}

function reachesOrFault(type: (typeof types)[number], tally: Tally): Reach[] {
  try {
    const reaches = reachesOf(type)
    // Built once, so that frames that cannot occur are found for every user.
    for (const reach of reaches) reach.command(nothing)
    return reaches
  } catch (error) {
    tally.count(false, `Cannot build "${type}": ${(error as Error).message}`)
    return []
  }
}

async function tryCommand(
  secret: SecretServer,
  outsider: Outsider,
  chat: ChatClient,
  { kind, command }: Reach,
  thing: Things[Kind],
  tally: Tally,
): Promise<void> {
  const base = { ...firstOf(secret), room: outsider.own }
  const sent = [command({ ...base, [kind]: thing }), command({ ...base, [kind]: nothing[kind] })] as const
  const overHttp = (sent: Sent) => answerOverHttp(secret, outsider, sent)
  for (const [transport, answer] of [
    ['socket', (sent: Sent) => answerTo(chat, sent)],
    ['request', overHttp],
  ] as const) {
    const [one, other] = [await answer(sent[0]), await answer(sent[1])]
    const [got, expected] = [withoutEcho(one, sent[0], thing), withoutEcho(other, sent[1], nothing[kind])]
    const what = `${transport} ${JSON.stringify(sent[0])}`
    tally.count(got === expected, `${outsider.who}: ${what} is answered with ${got}, not with ${expected}`)
    judgeText(secret, outsider, got, what, tally)
  }
}

async function answerOverHttp(
  { server }: SecretServer,
  { visitor }: Outsider,
  { type, ...fields }: Sent,
): Promise<Frame[]> {
  const headers = { 'Content-Type': 'application/json', Cookie: visitor.cookie }
  const answer = await ask(server.port, `/api/${type}`, { method: 'POST', headers, body: JSON.stringify(fields) })
  return [{ status: answer.status, ...(answer.body && JSON.parse(answer.body)) }]
}

async function answerTo(chat: ChatClient, command: Record<string, unknown>): Promise<Frame[]> {
  const marker = randomUUID()
  const from = chat.received.length
  chat.send(command)
  chat.send({ type: 'no such type', key: marker })
  await chat.nextWhere(({ key }) => key === marker)
  return chat.received.slice(from).filter(({ type, key }) => key !== marker && !broadcast.includes(type))
}

/** Streams and polls of rooms that they may not view, beside those of a room that is not there. */
async function tryStreams(secret: SecretServer, outsider: Outsider, tally: Tally): Promise<void> {
  const queries = [
    (room: string) => `room=${encodeURIComponent(room)}:0`,
    (room: string) => `room=${encodeURIComponent(room)}:`,
    (room: string) => `open=${encodeURIComponent(JSON.stringify({ room, after: 0 }))}`,
    (room: string) => `welcome&open=${encodeURIComponent(JSON.stringify({ room }))}`,
  ]
  for (const room of outsider.foreign) {
    for (const query of queries) {
      const [got, expected] = [room, nothing.room].map(async (room) => {
        const headers = { Cookie: outsider.visitor.cookie }
        const { status, body } = await ask(secret.server.port, `/api/stream?${query(room)}&wait=0`, { headers })
        return `${status} ${body.replaceAll(JSON.stringify(room), '<it>')}`
      })
      const [one, other] = [await got, await expected] as [string, string]
      tally.count(
        one === other,
        `${outsider.who}: the stream ${query(room)} is answered with ${one}, not with ${other}`,
      )
      judgeText(secret, outsider, one, query(''), tally)
    }
  }
}

/** The answer as text, without what it only repeats. */
function withoutEcho(frames: Frame[], { key }: Sent, thing: Things[Kind]): string {
  const plain = frames.map((frame) =>
    Object.fromEntries(
      Object.entries(frame).map(([name, value]) => [name, value === thing ? '<it>' : value === key ? '<key>' : value]),
    ),
  )
  return JSON.stringify(plain)
}

/** Administrators may access all users. */
function isTheirBusiness({ isAdmin }: Outsider, { kind, command }: Reach): boolean {
  return isAdmin === true && kind === 'user' && !('room' in command(nothing))
}

function firstOf({ things }: SecretServer): Omit<Things, 'room'> {
  const [message, user, action, invite, session, find] = [
    things.message[0],
    things.user[0],
    things.action[0],
    things.invite[0],
    things.session[0],
    things.find[0],
  ]
  return { ...nothing, ...{ message, user, action, invite, session, find } } as Things
}

function thingsOf({ things }: SecretServer, { foreign }: Outsider, kind: Kind, size: Size): readonly Things[Kind][] {
  if (kind === 'room') return foreign
  return size !== 'long' ? things[kind].slice(0, 1) : things[kind]
}

// Routes

interface NamingRoute {
  route: Route
  /** What each of its parameters names. */
  kinds: [parameter: string, kind: Kind][]
}

/** What `:id` names, by its path. */
const ids: [path: RegExp, kind: Kind][] = [
  [/^\/rooms\//, 'message'],
  [/^\/account\/sessions\//, 'session'],
  [/^\/account\/notifications\/browsers\//, 'action'],
  [/^\/(admin\/)?(people|bots)\//, 'user'],
  [/^\/pictures\/users\//, 'user'],
  [/^\/admin\/(audit|hooks|webhooks)\//, 'action'],
]

function routesThatName(routes: Route[], tally: Tally): NamingRoute[] {
  return routes.map((route) => ({
    route,
    kinds: route.parameters.flatMap((parameter): [string, Kind][] => {
      // Anyone with the token may use it. The commands are tried one by one. Icons are for everyone. A file is served at any name, and a wrong picture is the same 404.
      if (['token', 'command', 'state', 'accent', 'icon', 'name', 'picture'].includes(parameter)) return []
      const kind =
        parameter === 'room' || parameter === 'file' ? parameter : ids.find(([path]) => path.test(route.path))?.[1]
      tally.count(kind !== undefined, `It is not defined what "${parameter}" names in ${route.path}`)
      return kind ? [[parameter, kind]] : []
    }),
  }))
}

async function tryRoutes(
  secret: SecretServer,
  outsider: Outsider,
  routes: NamingRoute[],
  size: Size,
  tally: Tally,
): Promise<void> {
  const methods = size !== 'long' ? ['GET', 'HEAD', 'POST', 'PUT'] : methodsFor(size)
  const tries = routes.flatMap(({ route, kinds }) =>
    kinds
      .filter(([, kind]) => !(outsider.isAdmin && kind === 'user'))
      .flatMap(([parameter, kind]) =>
        thingsOf(secret, outsider, kind, size).flatMap((thing) =>
          methods.map((method) => ({ route, parameter, kind, thing, method })),
        ),
      ),
  )
  await mapConcurrently(share(size, 20, tries), 4, async ({ route, parameter, kind, thing, method }) => {
    const at = (value: Things[Kind]) =>
      route.at({ room: encodeURIComponent(outsider.own), [parameter]: encodeURIComponent(value) })
    const ask = (value: Things[Kind]) => request(secret, outsider, method, at(value))
    const [got, expected] = [pageOf(await ask(thing), thing), pageOf(await ask(nothing[kind]), nothing[kind])]
    const sentence = `${outsider.who}: ${method} ${at(thing)} is answered with ${got}, not with ${expected}`
    tally.count(got === expected, sentence)
    judgeText(secret, outsider, got, `${method} ${at(thing)}`, tally)
  })
}

function request({ server }: SecretServer, { visitor }: Outsider, method: string, path: string): Promise<Answer> {
  const body = ['GET', 'HEAD'].includes(method) ? {} : { body: String(new URLSearchParams(allFields())) }
  const headers = { ...form, Cookie: visitor.cookie, 'Sec-Fetch-Site': 'same-origin' }
  return ask(server.port, path, { method, headers, ...body })
}

/** The answer as text, without what it only repeats, random keys, and what depends on the minute ("2 minutes ago"). */
function pageOf({ status, headers, body }: Answer, thing: Things[Kind]): string {
  const { location, 'content-type': type, 'set-cookie': cookies } = headers
  const text = JSON.stringify({ status, location, type, cookies, body })
  const echoes =
    typeof thing === 'string' ? [encodeURIComponent(thing), thing] : [`/${thing}/`, `/${thing}"`, `/${thing}#m${thing}`]
  return echoes
    .reduce((rest, echo) => rest.replaceAll(echo, '<it>'), text)
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '<key>')
    .replace(/(<time [^>]*>)[^<]*/g, '$1')
}

/** Pages without parameters show only the user's own data. */
async function readPages(secret: SecretServer, outsider: Outsider, tally: Tally): Promise<void> {
  for (const { path, methods, parameters } of await allRoutes()) {
    if (parameters.length || !methods.includes('GET')) continue
    const { body } = await request(secret, outsider, 'GET', path)
    judgeText(secret, outsider, body, `GET ${path}`, tally)
  }
}

/** The text must not contain what the answer only repeats. */
function judgeText(
  { secrets, hiddenName }: SecretServer,
  outsider: Outsider,
  text: string,
  where: string,
  tally: Tally,
): void {
  const hidden = [...secrets, den, talk, ...(outsider.isAdmin ? [] : [hiddenName])]
  const found = hidden.filter((secret) => text.includes(secret))
  tally.count(found.length === 0, `${outsider.who} reads ${found.join()} in the answer to ${where}`)
}

// The data exist

/** Checks the premise: members get another answer from each command that names a room, and can read the secrets. */
async function checkThatItExists(secret: SecretServer, tally: Tally): Promise<void> {
  const { anna, secrets } = secret
  const chat = await anna.connect()
  // A user who has left gets nothing more.
  const inOrder = types.toSorted((a, b) => Number(a === 'leave') - Number(b === 'leave'))
  for (const type of inOrder) {
    for (const { kind, command } of reachesOrFault(type, tally)) {
      if (kind !== 'room') continue
      const { messages } = await chat.open(den)
      const things = { ...firstOf(secret), message: messages?.at(-1)?.id ?? 0 }
      const [sent, vain] = [command({ ...things, room: den }), command({ ...things, room: nothing.room })]
      const got = withoutEcho(await answerTo(chat, sent), sent, den)
      const expected = withoutEcho(await answerTo(chat, vain), vain, nothing.room)
      premise(got !== expected, `${JSON.stringify(sent)} of a member is answered with ${got}`)
    }
  }
  premise(
    chat.received.some((frame) => secrets.some((secret) => JSON.stringify(frame).includes(secret))),
    'a member reads no secret',
  )
  tally.notes.push(`${types.length} commands, all of which have an effect for members of the rooms`)
  await chat.close()
}
