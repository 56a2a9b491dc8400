import { randomUUID } from 'node:crypto'
import { type Answer, ask } from '../../../http/raw-request.ts'
import type { ChatClient } from '../../../support/client.ts'
import { mapConcurrently } from '../../../support/map-concurrently.ts'
import { den } from '../../../support/populate.ts'
import { type Battery, premise, type Size, share, Tally } from '../../battery.ts'
import { allFields } from '../../http/form-fields.ts'
import { allRoutes, methodsFor, type Route } from '../../http/routes.ts'
import { StoredData } from '../../server/stored-data.ts'
import {
  nothing,
  openSecretServer,
  type SecretServer,
  type Stranger,
  type Things,
  talk,
  withoutGuests,
} from '../../server/unauthorized-users.ts'
import { type Reach, reachesOf, type Sent, types } from '../../socket/unauthorized-commands.ts'

type Kind = keyof Things
type Frame = Record<string, unknown> & { type: string }

/** The frames that the others in a room receive for any command. */
const told = ['join', 'left', 'list', 'online', 'typing', 'read']
const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

export default {
  what: 'Every command and every route with rooms, messages, people, acts, invitations and sessions that are somebody else’s: answered like what is not there, with nothing stored and nothing told.',
  atLeast: { smallest: 300, short: 2_500, long: 30_000 },

  async run(size, t) {
    const tally = new Tally()
    const secret = await openSecretServer(t)
    const stored = new StoredData(t, secret.server)
    const routes = routesThatName(await allRoutes(), tally)
    await tryToOverhear(secret, tally)
    for (const stranger of secret.strangers) await tryAsStranger(secret, stranger, stored, routes, size, tally)
    for (const stranger of await withoutGuests(secret))
      await tryAsStranger(secret, stranger, stored, routes, size, tally)
    await showThatItIsThere(secret, tally)
    return tally
  },
} satisfies Battery

/** While those who belong there talk, read, come and go, and keep order. */
async function tryToOverhear({ anna, bo, strangers, secrets }: SecretServer, tally: Tally): Promise<void> {
  const listening = await Promise.all(strangers.map(async (stranger) => ({ stranger, chat: await enter(stranger) })))
  // They have heard each other come.
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
  for (const { stranger, chat } of listening) {
    await chat.settle()
    const heard = chat.received.filter(({ type }) => type !== 'pong')
    tally.count(heard.length === 0, `${stranger.who} overheard ${JSON.stringify(heard)}`)
  }
  for (const chat of [annas, bos, others, ...listening.map(({ chat }) => chat)]) await chat.close()
}

async function tryAsStranger(
  secret: SecretServer,
  stranger: Stranger,
  stored: StoredData,
  routes: NamingRoute[],
  size: Size,
  tally: Tally,
): Promise<void> {
  const watching = await secret.anna.connect()
  for (const room of [den, talk]) await watching.open(room)
  const chat = await enter(stranger, (welcome) => judgeWelcome(secret, stranger, welcome, tally))
  watching.received.length = 0
  const before = stored.digest()
  await tryCommands(secret, stranger, chat, size, tally)
  await tryRoutes(secret, stranger, routes, size, tally)
  await readPages(secret, stranger, tally)
  tally.count(stored.digest() === before, `something was stored for ${stranger.who}`)
  await watching.settle()
  const heard = watching.received.filter(({ type }) => type !== 'pong')
  tally.count(heard.length === 0, `those who belong there heard ${JSON.stringify(heard)} of ${stranger.who}`)
  await chat.close()
  await watching.close()
}

/** Opens the room that is the stranger's own, and reads it to its end: what may be noted of them is noted. */
async function enter({ visitor, own }: Stranger, judge: (welcome: Frame) => void = () => {}): Promise<ChatClient> {
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

function judgeWelcome(secret: SecretServer, stranger: Stranger, welcome: Frame, tally: Tally): void {
  const rooms = welcome.rooms as { room: string; mentions: number }[]
  const seen = rooms.filter(({ room }) => stranger.foreign.includes(room))
  tally.count(seen.length === 0, `${stranger.who} is welcomed with ${JSON.stringify(seen)}`)
  const mentions = rooms.filter((room) => room.mentions > 0)
  tally.count(mentions.length === 0, `${stranger.who} is told who names them: ${JSON.stringify(mentions)}`)
  judgeText(secret, stranger, JSON.stringify(welcome), 'their welcome', tally)
}

// Commands

async function tryCommands(
  secret: SecretServer,
  stranger: Stranger,
  chat: ChatClient,
  size: Size,
  tally: Tally,
): Promise<void> {
  for (const type of types) {
    for (const reach of reachesOrFault(type, tally)) {
      if (isTheirBusiness(stranger, reach)) continue
      for (const thing of thingsOf(secret, stranger, reach.kind, size)) {
        await tryCommand(secret, stranger, chat, reach, thing, tally)
      }
    }
  }
  // What reaches for nothing may tell of it all the same.
  for (const command of [{ type: 'audit' }, { type: 'users', data: '' }]) {
    const answer = await answerTo(chat, command)
    judgeText(secret, stranger, JSON.stringify(answer), JSON.stringify(command), tally)
  }
}

function reachesOrFault(type: (typeof types)[number], tally: Tally): Reach[] {
  try {
    const reaches = reachesOf(type)
    // Built once, so that frames that cannot occur are found for every user.
    for (const reach of reaches) reach.command(nothing)
    return reaches
  } catch (error) {
    tally.count(false, `There is no way to build "${type}": ${(error as Error).message}`)
    return []
  }
}

async function tryCommand(
  secret: SecretServer,
  stranger: Stranger,
  chat: ChatClient,
  { kind, command }: Reach,
  thing: Things[Kind],
  tally: Tally,
): Promise<void> {
  const base = { ...firstOf(secret), room: stranger.own }
  const sent = [command({ ...base, [kind]: thing }), command({ ...base, [kind]: nothing[kind] })] as const
  const [one, other] = [await answerTo(chat, sent[0]), await answerTo(chat, sent[1])]
  const [got, expected] = [withoutEcho(one, sent[0], thing), withoutEcho(other, sent[1], nothing[kind])]
  const sentence = `${stranger.who}: ${JSON.stringify(sent[0])} is answered with ${got}, not with ${expected}`
  tally.count(got === expected, sentence)
  judgeText(secret, stranger, got, JSON.stringify(sent[0]), tally)
}

async function answerTo(chat: ChatClient, command: Record<string, unknown>): Promise<Frame[]> {
  const marker = randomUUID()
  const from = chat.received.length
  chat.send(command)
  chat.send({ type: 'no such type', key: marker })
  await chat.nextWhere(({ key }) => key === marker)
  return chat.received.slice(from).filter(({ type, key }) => key !== marker && !told.includes(type))
}

/** As text, with what the answer only repeats taken out. */
function withoutEcho(frames: Frame[], { key }: Sent, thing: Things[Kind]): string {
  const plain = frames.map((frame) =>
    Object.fromEntries(
      Object.entries(frame).map(([name, value]) => [name, value === thing ? '<it>' : value === key ? '<key>' : value]),
    ),
  )
  return JSON.stringify(plain)
}

/** What administrators do to people is no reaching for what is not theirs. */
function isTheirBusiness({ isAdmin }: Stranger, { kind, command }: Reach): boolean {
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

function thingsOf({ things }: SecretServer, { foreign }: Stranger, kind: Kind, size: Size): readonly Things[Kind][] {
  if (kind === 'room') return foreign
  return size !== 'long' ? things[kind].slice(0, 1) : things[kind]
}

// Routes

interface NamingRoute {
  route: Route
  /** What each of its parameters names. */
  kinds: [parameter: string, kind: Kind][]
}

/** What `:id` is, by the path in which it stands. */
const ids: [path: RegExp, kind: Kind][] = [
  [/^\/rooms\//, 'message'],
  [/^\/account\/sessions\//, 'session'],
  [/^\/(admin\/)?people\//, 'user'],
  [/^\/admin\/audit\//, 'action'],
]

function routesThatName(routes: Route[], tally: Tally): NamingRoute[] {
  return routes.map((route) => ({
    route,
    kinds: route.parameters.flatMap((parameter): [string, Kind][] => {
      // Anyone with the token may use it.
      if (parameter === 'token') return []
      const kind = parameter === 'room' ? 'room' : ids.find(([path]) => path.test(route.path))?.[1]
      tally.count(kind !== undefined, `Nobody has said what "${parameter}" is in ${route.path}`)
      return kind ? [[parameter, kind]] : []
    }),
  }))
}

async function tryRoutes(
  secret: SecretServer,
  stranger: Stranger,
  routes: NamingRoute[],
  size: Size,
  tally: Tally,
): Promise<void> {
  const methods = size !== 'long' ? ['GET', 'HEAD', 'POST', 'PUT'] : methodsFor(size)
  const tries = routes.flatMap(({ route, kinds }) =>
    kinds
      .filter(([, kind]) => !(stranger.isAdmin && kind === 'user'))
      .flatMap(([parameter, kind]) =>
        thingsOf(secret, stranger, kind, size).flatMap((thing) =>
          methods.map((method) => ({ route, parameter, kind, thing, method })),
        ),
      ),
  )
  await mapConcurrently(share(size, 8, tries), 4, async ({ route, parameter, kind, thing, method }) => {
    const at = (value: Things[Kind]) =>
      route.at({ room: encodeURIComponent(stranger.own), [parameter]: encodeURIComponent(value) })
    const ask = (value: Things[Kind]) => request(secret, stranger, method, at(value))
    const [got, expected] = [pageOf(await ask(thing), thing), pageOf(await ask(nothing[kind]), nothing[kind])]
    const sentence = `${stranger.who}: ${method} ${at(thing)} is answered with ${got}, not with ${expected}`
    tally.count(got === expected, sentence)
    judgeText(secret, stranger, got, `${method} ${at(thing)}`, tally)
  })
}

function request({ server }: SecretServer, { visitor }: Stranger, method: string, path: string): Promise<Answer> {
  const body = ['GET', 'HEAD'].includes(method) ? {} : { body: String(new URLSearchParams(allFields())) }
  const headers = { ...form, Cookie: visitor.cookie, 'Sec-Fetch-Site': 'same-origin' }
  return ask(server.port, path, { method, headers, ...body })
}

/** As text, with what the answer only repeats, or makes up anew each time, taken out. */
function pageOf({ status, headers, body }: Answer, thing: Things[Kind]): string {
  const { location, 'content-type': type, 'set-cookie': cookies } = headers
  const text = JSON.stringify({ status, location, type, cookies, body })
  const echoes = typeof thing === 'string' ? [encodeURIComponent(thing), thing] : [`/${thing}/`, `/${thing}"`]
  return echoes
    .reduce((rest, echo) => rest.replaceAll(echo, '<it>'), text)
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '<key>')
}

/** Those that name nothing show what is one's own. */
async function readPages(secret: SecretServer, stranger: Stranger, tally: Tally): Promise<void> {
  for (const { path, methods, parameters } of await allRoutes()) {
    if (parameters.length || !methods.includes('GET')) continue
    const { body } = await request(secret, stranger, 'GET', path)
    judgeText(secret, stranger, body, `GET ${path}`, tally)
  }
}

/** What was only repeated must be out of the text already. */
function judgeText(
  { secrets, hiddenName }: SecretServer,
  stranger: Stranger,
  text: string,
  where: string,
  tally: Tally,
): void {
  const hidden = [...secrets, den, talk, ...(stranger.isAdmin ? [] : [hiddenName])]
  const found = hidden.filter((secret) => text.includes(secret))
  tally.count(found.length === 0, `${stranger.who} reads ${found.join()} in the answer to ${where}`)
}

// That it is there

/** Members get another answer from each command and page that names a room, and read what no one else may. */
async function showThatItIsThere(secret: SecretServer, tally: Tally): Promise<void> {
  const { anna, secrets } = secret
  const chat = await anna.connect()
  // Who has left is told nothing more.
  const inOrder = types.toSorted((a, b) => Number(a === 'leave') - Number(b === 'leave'))
  for (const type of inOrder) {
    for (const { kind, command } of reachesOrFault(type, tally)) {
      if (kind !== 'room') continue
      const { messages } = await chat.open(den)
      const things = { ...firstOf(secret), message: messages?.at(-1)?.id ?? 0 }
      const [sent, vain] = [command({ ...things, room: den }), command({ ...things, room: nothing.room })]
      const got = withoutEcho(await answerTo(chat, sent), sent, den)
      const expected = withoutEcho(await answerTo(chat, vain), vain, nothing.room)
      premise(got !== expected, `${JSON.stringify(sent)} of one who belongs there is answered with ${got}`)
    }
  }
  premise(
    chat.received.some((frame) => secrets.some((secret) => JSON.stringify(frame).includes(secret))),
    'no secret is told',
  )
  tally.notes.push(`${types.length} commands, all of which do something for those to whom the rooms belong`)
  await chat.close()
}
