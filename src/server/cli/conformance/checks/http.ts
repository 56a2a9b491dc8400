/** The HTTP API, event streams and long polls. */
import { type Check, lastId, type Scene, say } from '../check.ts'
import { expectEqual, expectTrue, Failure } from '../expect.ts'
import { type Frame, faultsIn } from '../socket.ts'
import { newKey, type Question } from '../world.ts'

interface Poll {
  frames: Frame[]
  next: string
}

async function poll({ world, bo }: Scene, query: string): Promise<Poll> {
  const { status, json, text } = await world.ask(`/api/stream?${query}`, { headers: { cookie: bo.cookie } })
  if (status !== 200 || !Array.isArray(json?.frames))
    throw new Failure(`expected a long poll to answer 200 with frames, got ${status} ${text.slice(0, 200)}`)
  world.note(json.frames.flatMap(faultsIn))
  return json as unknown as Poll
}

const messagesIn = (frames: Frame[]) => frames.filter(({ type }) => type === 'chat').map(({ id }) => id)

export const http: Check[] = [
  {
    title: 'GET /api/me names the user, and GET /api/rooms has the room',
    async run({ world, anna, room }) {
      const headers = { cookie: anna.cookie }
      const me = await world.ask('/api/me', { headers })
      expectEqual('status and user', [me.status, Object(me.json?.user).id], [200, anna.id])
      const { status, json } = await world.ask('/api/rooms', { headers })
      const rooms = Array.isArray(json?.rooms) ? json.rooms : []
      expectEqual('the status', status, 200)
      expectTrue(
        `a summary of ${room}`,
        rooms.some((one) => Object(one).room === room),
      )
    },
  },
  {
    title: 'POST /api/chat stores a message once under its key, in the body or in Idempotency-Key',
    async run(scene) {
      const { world, anna, room, boSocket } = scene
      const key = newKey()
      const one = await world.command(anna, 'chat', { room, key, data: 'by HTTP' })
      const two = await world.command(anna, 'chat', { room, data: 'by HTTP' }, { 'idempotency-key': key })
      expectEqual('the statuses', [one.status, two.status], [200, 200])
      expectEqual('type and key', [one.json?.type, one.json?.key], ['sent', key])
      expectEqual('the id of the second', two.json?.id, one.json?.id)
      await boSocket.any(
        'the message',
        (frame) => frame.type === 'chat' && frame.room === room && frame.id === one.json?.id,
      )
      expectEqual('the newest entry', await lastId(scene, boSocket), one.json?.id)
    },
  },
  {
    title: 'a command without an answer is 204',
    async run({ world, anna, room }) {
      const { status, text } = await world.command(anna, 'typing', { room })
      expectEqual('status and body', [status, text], [204, ''])
    },
  },
  {
    title: 'refused requests have the status and the code of the protocol',
    async run({ world, anna, cleo, room }) {
      const key = newKey()
      await world.command(anna, 'chat', { room, key, data: 'one' })
      const plain: Question = {
        method: 'POST',
        headers: { cookie: anna.cookie, 'content-type': 'text/plain' },
        body: '{}',
      }
      const refused = [
        [400, 'bad-field', await world.command(anna, 'chat', { room, key: newKey() })],
        [401, 'forbidden', await world.command({ cookie: '' }, 'chat', { room, key: newKey(), data: 'x' })],
        [404, 'unknown-type', await world.command(anna, 'brew', {})],
        [404, 'no-such-room', await world.command(cleo, 'chat', { room, key: newKey(), data: 'x' })],
        [
          404,
          'no-such-message',
          await world.command(anna, 'edit', { room, key: newKey(), ref: 1_000_000_000, data: 'x' }),
        ],
        [409, 'bad-field', await world.command(anna, 'chat', { room, key, data: 'other' })],
        [413, 'too-long', await world.command(anna, 'chat', { room, key: newKey(), data: 'x'.repeat(4_001) })],
        [415, 'bad-frame', await world.ask('/api/chat', plain)],
      ] as const
      for (const [status, code, { status: got, json }] of refused)
        expectEqual('status, type and code', [got, json?.type, json?.code], [status, 'error', code])
    },
  },
  {
    title: 'a request of a foreign origin is refused with 403',
    async run({ world, anna, room }) {
      const origin = { origin: 'https://elsewhere.example' }
      const { status } = await world.command(anna, 'chat', { room, key: newKey(), data: 'x' }, origin)
      expectEqual('the status of POST /api/chat', status, 403)
      const stream = await world.ask(`/api/stream?room=${room}:`, { headers: { cookie: anna.cookie, ...origin } })
      expectEqual('the status of GET /api/stream', stream.status, 403)
    },
  },
  {
    title: 'a long poll has the entries after its cursor, each once',
    async run(scene) {
      const { annaSocket, boSocket, room } = scene
      const last = await lastId(scene, boSocket)
      const first = await say(scene, annaSocket, 'first')
      const one = await poll(scene, `room=${encodeURIComponent(room)}:${last}`)
      expectEqual('the messages of the first poll', messagesIn(one.frames), [first])
      const waiting = poll(scene, one.next)
      const second = await say(scene, annaSocket, 'second')
      expectEqual('the messages of the next poll', await messagesOf(scene, await waiting), [second])
    },
  },
  {
    title: 'an event stream has frames with ids, and goes on after the last of them',
    async run(scene) {
      const { annaSocket, boSocket, room } = scene
      const last = await lastId(scene, boSocket)
      const first = await say(scene, annaSocket, 'first')
      const id = await readStream(scene, { query: `room=${encodeURIComponent(room)}:${last}` }, first)
      expectTrue('an event with an id', id !== undefined)
      const second = await say(scene, annaSocket, 'second')
      await readStream(scene, { query: `room=${encodeURIComponent(room)}:${last}`, lastEventId: id ?? '' }, second)
    },
  },
  {
    title: 'a stream of a room that one cannot view is refused with 404',
    async run({ world, cleo, room }) {
      const { status, json } = await world.ask(`/api/stream?room=${encodeURIComponent(room)}:`, {
        headers: { cookie: cleo.cookie },
      })
      expectEqual('status and code', [status, json?.code], [404, 'no-such-room'])
    },
  },
  {
    title: 'a name that is not allowed cannot sign in: 400',
    async run({ world }) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
      const { status, json } = await world.ask('/signin', { method: 'POST', headers, body: `name=${'x'.repeat(33)}` })
      expectEqual('status and body', [status, Object(json?.error).status], [400, 400])
    },
  },
  {
    title: 'GET /healthz answers ok',
    async run({ world }) {
      const { status, json } = await world.ask('/healthz')
      expectEqual('status and body', [status, json], [200, { status: 'ok' }])
    },
  },
]

/** A poll can be answered with presence first. */
async function messagesOf(scene: Scene, { frames, next }: Poll): Promise<unknown[]> {
  const found = messagesIn(frames)
  return found.length ? found : messagesIn((await poll(scene, next)).frames)
}

interface Stream {
  query: string
  lastEventId?: string
}

/** Reads a stream until the entry comes, which is the first. @returns the id of its event */
async function readStream(
  { world, bo, room }: Scene,
  { query, lastEventId }: Stream,
  entry: number,
): Promise<string | undefined> {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), world.patienceMs)
  const headers = {
    cookie: bo.cookie,
    accept: 'text/event-stream',
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  }
  try {
    const response = await world.fetch(`/api/stream?${query}`, { headers, signal: abort.signal })
    const type = response.headers.get('content-type')?.split(';')[0]
    expectEqual('status and type', [response.status, type], [200, 'text/event-stream'])
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const event = eventsIn(text).find(({ frame }) => frame.type === 'chat' && frame.room === room)
      if (!event) continue
      world.note(faultsIn(event.frame))
      expectEqual('the first message of the stream', event.frame.id, entry)
      return event.id
    }
    throw new Failure('expected a message, but the stream ended')
  } catch (error) {
    if (abort.signal.aborted) throw new Failure(`expected a message in the stream within ${world.patienceMs / 1_000} s`)
    throw error
  } finally {
    clearTimeout(timer)
    abort.abort()
  }
}

function eventsIn(text: string): { id: string | undefined; frame: Frame }[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((event) => {
      const field = (name: string) =>
        event
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2)
      const data = field('data')
      return data === undefined ? [] : [{ id: field('id'), frame: JSON.parse(data) as Frame }]
    })
}
