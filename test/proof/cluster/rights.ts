/** Rights that end on one node while another one hears nothing through Redis: what that node still delivers and accepts, and for how long. */
import { type ChatClient, connect } from '../../support/clients/client.ts'
import { signIn } from '../../support/clients/sign-in.ts'
import { identityOf } from '../../support/server/server.ts'
import { type Carry, carriers } from '../clients/carriers.ts'
import { after, becomes } from '../clients/crowd.ts'
import { Delays, inWords } from '../delays.ts'
import type { Fault, Result } from '../result.ts'
import type { ServerProcess } from '../server.ts'
import { Cluster, type ClusterOptions, Services } from './cluster-scene.ts'
import { ReturningReader } from './returning-reader.ts'

/** After that time at most a node knows that a right has ended. */
const boundMs = 2_000
/** How long is looked after the right ended. */
const watchMs = 4_500
const eachMs = 50
const busyMs = 250
const maxTries = 100
const kinds = ['session ended', 'ban', 'removal from a private room'] as const
type Kind = (typeof kinds)[number]
/** By which the person whose right ends reads and writes. The short form has the first three, one for each kind. */
const transports = ['WebSocket', 'event stream', 'Socket.IO', 'long poll', 'Socket.IO, polling'] as const

interface Person {
  cookie: string
  id: number
}

/** The last thing that the node did for who had lost the right, in milliseconds after that. */
interface Last {
  delivered: number
  accepted: number
}

const at = (cookie: string, { port }: ServerProcess) => cookie.replace(/^session-\d+/, `session-${port}`)

async function person(node: ServerProcess, name: string): Promise<Person> {
  return await whoIs(node, await signIn(node.url, name))
}

/** May ban. */
async function ownerAt({ url }: ServerProcess, path: string): Promise<Person> {
  const body = new URLSearchParams({ name: 'Anna', password: 'correct horse battery staple' })
  const answer = await fetch(`${url}${path}`, { method: 'POST', body, redirect: 'manual' })
  return await whoIs({ url }, identityOf(answer))
}

async function whoIs(node: Pick<ServerProcess, 'url'>, cookie: string): Promise<Person> {
  const me = await fetch(`${node.url}/api/me`, { headers: { cookie } })
  const { user } = (await me.json()) as { user: { id: number } }
  return { cookie, id: user.id }
}

function open(cookie: string, node: ServerProcess): Promise<ChatClient> {
  return connect(`${node.url.replace('http', 'ws')}/ws/chat`, { protocol: 'chat.v1', cookie: at(cookie, node) })
}

/** The owner writes on one node, the other person reads and writes on one that is deaf. */
async function revoke(cluster: Cluster, owner: Person, kind: Kind, number: number): Promise<Last> {
  const [a, b] = cluster.nodes as [ServerProcess, ServerProcess]
  const bo = await person(b, `Bo ${number}`)
  const writer = await open(owner.cookie, a)
  const last: Last = { delivered: Number.NEGATIVE_INFINITY, accepted: Number.NEGATIVE_INFINITY }
  let [room, endedAt, heard, accepted] = ['', Number.POSITIVE_INFINITY, 0, 0]
  const reader = new ReturningReader({
    origin: b.url,
    cookie: at(bo.cookie, b),
    carry: carriers[transportOf(number)] as Carry,
    delivered(where, user) {
      if (where !== room) return
      if (user === owner.id) heard++
      last.delivered = performance.now() - endedAt
    },
    accepted(where) {
      if (where !== room) return
      accepted++
      last.accepted = performance.now() - endedAt
    },
  })
  const proxy = cluster.redis[1]
  let words = 0
  let talk: NodeJS.Timeout | undefined
  try {
    room = await commonRoom({ writer, reader, bo, kind, number })
    proxy?.deafen()
    heard = accepted = 0
    talk = setInterval(() => {
      const key = `${kind} ${number} ${++words}`
      writer.send({ type: 'chat', room, key, data: 'news' })
      reader.write(room, key, 'still here')
    }, eachMs)
    if (!(await becomes(() => heard > 0 && accepted > 0, 20_000)))
      throw new Error(`${kind}: nothing was heard or accepted before the right ended.`)
    await end(kind, { a, writer, bo, room, key: `end ${number}` })
    endedAt = performance.now()
    await after(boundMs)
    const before = stored(writer)
    await after(watchMs - boundMs)
    if (stored(writer) === before) throw new Error(`${kind}: nothing was said that could have been delivered late.`)
  } finally {
    clearInterval(talk)
    reader.close()
    await writer.close()
    proxy?.restore()
  }
  return last
}

function stored({ received }: ChatClient): number {
  return received.filter(({ type }) => type === 'sent').length
}

/** All of them in turn. */
function transportOf(number: number): string {
  return transports[(number - 1) % transports.length] as string
}

interface Company {
  writer: ChatClient
  reader: ReturningReader
  bo: Person
  kind: Kind
  number: number
}

async function commonRoom({ writer, reader, bo, kind, number }: Company): Promise<string> {
  // Those who are in a room together may add each other to others.
  await Promise.all([openRoom(writer, 'lobby'), reader.open('lobby')])
  if (kind !== 'removal from a private room') return 'lobby'
  const create = { type: 'create', key: `room ${number}`, kind: 'private', name: `Den ${number}`, users: [bo.id] }
  writer.send(create)
  const answer = await writer.nextWhere(({ type, key }) => type === 'room' || (type === 'error' && key === create.key))
  if (answer.type === 'error') throw new Error(`create was refused: ${JSON.stringify(answer)}`)
  const room = String(answer.room)
  await Promise.all([openRoom(writer, room), reader.open(room)])
  return room
}

/** On a busy machine a node may say "not now": it is asked again. */
async function openRoom(writer: ChatClient, room: string): Promise<void> {
  for (let tries = 0; tries < maxTries; tries++) {
    writer.send({ type: 'open', room })
    const answer = await writer.nextWhere(
      (frame) => (frame.type === 'opened' && frame.room === room) || frame.command === 'open',
    )
    if (answer.type === 'opened') return
    await after(busyMs)
  }
  throw new Error(`${room} was not opened.`)
}

interface Ending {
  a: ServerProcess
  writer: ChatClient
  bo: Person
  room: string
  key: string
}

/** Resolves when the node has answered that it is done. */
async function end(kind: Kind, { a, writer, bo, room, key }: Ending): Promise<void> {
  switch (kind) {
    case 'session ended':
      await fetch(`${a.url}/signout`, { method: 'POST', headers: { cookie: at(bo.cookie, a) }, redirect: 'manual' })
      return
    case 'ban':
      return await done(writer, { type: 'ban', key, user: bo.id })
    case 'removal from a private room':
      return await done(writer, { type: 'kick', key, room, user: bo.id })
    default:
      kind satisfies never
  }
}

async function done(
  writer: ChatClient,
  command: { type: string; key: string; [field: string]: unknown },
): Promise<void> {
  writer.send(command)
  const answer = await writer.nextWhere(({ type, key }) => key === command.key && (type === 'done' || type === 'error'))
  if (answer.type === 'error') throw new Error(`${command.type} was refused: ${JSON.stringify(answer)}`)
}

export async function rights(times: number, options?: ClusterOptions): Promise<Result[]> {
  await using services = await Services.start()
  await using cluster = await Cluster.start(services, { nodes: 2, ...options })
  const [a, b] = cluster.nodes as [ServerProcess, ServerProcess]
  const owner = await ownerAt(a, new URL(await b.ownerLink).pathname)
  const results: Result[] = []
  let number = 0
  for (const kind of kinds) {
    const [delivered, accepted] = [new Delays(), new Delays()]
    const used = new Set<string>()
    const failures: string[] = []
    for (let time = 1; time <= times; time++) {
      const last = await revoke(cluster, owner, kind, ++number)
      const transport = transportOf(number)
      used.add(transport)
      for (const [what, ms, delays] of [
        ['delivered', last.delivered, delivered],
        ['accepted', last.accepted, accepted],
      ] as const) {
        delays.add(Math.max(0, ms))
        if (ms > boundMs) failures.push(`${transport}: something was ${what} ${inWords(ms)} after the end of the right`)
      }
    }
    const notes = [
      `the reader comes over ${[...used].join('; ')}`,
      `last entry delivered: ${delivered}`,
      `last write accepted: ${accepted}`,
    ]
    results.push({ fault: `${kind}, unheard`, count: times, unit: 'times', failures, notes })
  }
  return results
}

export default {
  short: () => rights(1),
  long: () => rights(20),
} satisfies Fault
