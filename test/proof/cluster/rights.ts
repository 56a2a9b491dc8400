/** Rights that end on one node while another one hears nothing through Redis: what that node still delivers and accepts, and for how long. */
import { type ChatClient, connect } from '../../support/clients/client.ts'
import { signIn } from '../../support/clients/sign-in.ts'
import { identityOf } from '../../support/server/server.ts'
import { after, becomes } from '../clients/crowd.ts'
import { Delays, inWords } from '../delays.ts'
import type { Fault, Result } from '../result.ts'
import type { ServerProcess } from '../server.ts'
import { Cluster, type ClusterOptions, Services } from './cluster-scene.ts'

/** What RELIABILITY promises. */
const boundMs = 2_000
/** How long is looked after the right ended. */
const watchMs = 4_500
const eachMs = 50
const kinds = ['session ended', 'ban', 'removal from a private room'] as const
type Kind = (typeof kinds)[number]

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
  const reader = await open(bo.cookie, b)
  const room = await commonRoom(writer, reader, bo, kind, number)
  const proxy = cluster.redis[1]
  proxy?.deafen()
  // Of what was said at which time; `data` is that time.
  const last: Last = { delivered: Number.NEGATIVE_INFINITY, accepted: Number.NEGATIVE_INFINITY }
  let endedAt = Number.POSITIVE_INFINITY
  let [heard, accepted] = [0, 0]
  reader.socket.on('message', (text) => {
    const frame = JSON.parse(String(text))
    // An entry of the owner that was said after the right had ended must not come late either.
    const isNew = frame.type === 'chat' && frame.room === room && frame.user.id === owner.id
    if (isNew) heard++
    if (isNew && Number(frame.data) > endedAt) last.delivered = performance.now() - endedAt
    if (frame.type !== 'sent' || frame.room !== room) return
    accepted++
    last.accepted = performance.now() - endedAt
  })
  let words = 0
  const talk = setInterval(() => {
    const key = `${kind} ${number} ${++words}`
    writer.send({ type: 'chat', room, key, data: String(performance.now()) })
    if (reader.socket.readyState === reader.socket.OPEN) reader.send({ type: 'chat', room, key, data: 'still here' })
  }, eachMs)
  try {
    if (!(await becomes(() => heard > 0 && accepted > 0, 20_000)))
      throw new Error(`${kind}: nothing was heard or accepted before the right ended.`)
    await end(kind, { a, writer, bo, room, key: `end ${number}` })
    endedAt = performance.now()
    await after(watchMs)
  } finally {
    clearInterval(talk)
    await Promise.all([writer.close(), reader.close()])
    proxy?.restore()
  }
  return last
}

async function commonRoom(
  writer: ChatClient,
  reader: ChatClient,
  bo: Person,
  kind: Kind,
  number: number,
): Promise<string> {
  // Those who are in a room together may add each other to others.
  await Promise.all([writer.open('lobby'), reader.open('lobby')])
  if (kind !== 'removal from a private room') return 'lobby'
  const create = { type: 'create', key: `room ${number}`, kind: 'private', name: `Den ${number}`, users: [bo.id] }
  writer.send(create)
  const answer = await writer.nextWhere(({ type, key }) => type === 'room' || (type === 'error' && key === create.key))
  if (answer.type === 'error') throw new Error(`create was refused: ${JSON.stringify(answer)}`)
  const room = String(answer.room)
  await reader.nextWhere((frame) => frame.type === 'room' && frame.room === room)
  await Promise.all([writer.open(room), reader.open(room)])
  return room
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
    const failures: string[] = []
    for (let time = 1; time <= times; time++) {
      const last = await revoke(cluster, owner, kind, ++number)
      for (const [what, ms, delays] of [
        ['delivered', last.delivered, delivered],
        ['accepted', last.accepted, accepted],
      ] as const) {
        delays.add(Math.max(0, ms))
        if (ms > boundMs) failures.push(`something was ${what} ${inWords(ms)} after the end of the right`)
      }
    }
    const notes = [`last entry delivered: ${delivered}`, `last write accepted: ${accepted}`]
    results.push({ fault: `${kind}, unheard`, count: times, unit: 'times', failures, notes })
  }
  return results
}

export default {
  short: () => rights(1),
  long: () => rights(20),
} satisfies Fault
