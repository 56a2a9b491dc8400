/** `npx teahouse conformance` finds each fault that is put into our server. */
import { describe, expect, it } from 'vitest'
import { framesTitle, runChecks } from '../../src/server/cli/conformance/run.ts'
import { type Fault, type Frame, startProxy } from '../cli/faulty-proxy.ts'
import { patienceMs } from '../support/run/timeouts.ts'
import { startServer } from '../support/server/server.ts'

/** Changes the frames of one type. */
function changing(type: string, change: (frame: Frame) => Frame[]): Fault {
  return { frames: () => (frame) => (frame.type === type ? change(frame) : [frame]) }
}

/** Holds frames of one type until one of another type has passed. */
function delaying(type: string, until: string): Fault {
  return {
    frames() {
      const held: Frame[] = []
      return (frame) => {
        if (frame.type === type) {
          held.push(frame)
          return []
        }
        return frame.type === until ? [frame, ...held.splice(0)] : [frame]
      }
    },
  }
}

function storingTwice(): Fault {
  const keys = new Set<unknown>()
  return {
    command(frame) {
      if (frame.type !== 'chat' || !keys.has(frame.key)) keys.add(frame.key)
      else return { ...frame, key: `${frame.key} again`.slice(-64) }
      return frame
    },
    frames: () => (frame) => [
      frame.type === 'sent' ? { ...frame, key: String(frame.key).replace(/ again$/, '') } : frame,
    ],
  }
}

/** Everybody without a cookie is the first who came with one. */
function sharingSession(): Fault {
  let first: string | undefined
  return {
    headers(headers) {
      first ??= headers.cookie
      return headers.cookie || !first || headers['content-type'] ? headers : { ...headers, cookie: first }
    },
  }
}

function swapping(): Fault {
  return {
    frames() {
      let held: Frame | undefined
      return (frame) => {
        if (frame.type !== 'chat') return [frame]
        if (frame.data === 'one' && !held) {
          held = frame
          return []
        }
        const late = held
        held = undefined
        return late ? [frame, late] : [frame]
      }
    },
  }
}

const without = (frame: Frame, name: string): Frame =>
  Object.fromEntries(Object.entries(frame).filter(([one]) => one !== name))

const seeded: [what: string, fault: () => Fault, found: string][] = [
  [
    'stores a repeated command twice',
    storingTwice,
    'a command that is sent again under its key is answered alike and stored once',
  ],
  [
    'loses a message',
    () => changing('chat', (frame) => (frame.data === 'two' ? [] : [frame])),
    'ids have no gaps, and everybody receives the entries in their order',
  ],
  ['swaps two messages', swapping, 'ids have no gaps, and everybody receives the entries in their order'],
  [
    'delivers a message before it is acknowledged',
    () => delaying('sent', 'chat'),
    'a message is acknowledged before it arrives, and everybody receives it',
  ],
  [
    'has a welcome without limits',
    () => changing('welcome', (frame) => [without(frame, 'limits')]),
    'welcome is the first frame and names the user and the limits',
  ],
  [
    'has a frame with a field of the wrong type',
    () => changing('opened', (frame) => [{ ...frame, online: 'many' }]),
    framesTitle,
  ],
  [
    'uses another error code',
    () => changing('error', (frame) => [{ ...frame, code: frame.code === 'bad-frame' ? 'bad-field' : frame.code }]),
    'a frame that is no JSON object is bad-frame, and the connection stays',
  ],
  [
    'has errors without the key',
    () => changing('error', (frame) => [{ ...frame, command: 'chat' }]),
    'an error repeats the type, the key and the room of its command',
  ],
  [
    'tells strangers of a private room',
    () => changing('error', (frame) => [{ ...frame, message: `${frame.message} ${frame.room}` }]),
    'a private room is no-such-room for others, like one that does not exist',
  ],
  ['ignores binary frames', () => ({ dropsBinary: true }), 'a binary frame closes the connection with 1003'],
  ['keeps sockets without a session', sharingSession, 'a socket without a session is closed with 4001'],
  [
    'keeps the sockets of who has signed out',
    () => ({ closes: (code) => code !== 4002 }),
    'signing out closes the connections with 4002 and ends the session',
  ],
  [
    'accepts sockets of a foreign origin',
    () => ({ headers: (headers) => without(headers, 'origin') as Record<string, string> }),
    'a handshake of a foreign origin is refused with 403',
  ],
  [
    'accepts requests of a foreign origin',
    () => ({ headers: (headers) => without(headers, 'origin') as Record<string, string> }),
    'a request of a foreign origin is refused with 403',
  ],
  [
    'ignores after',
    () => ({ command: (frame) => (frame.type === 'open' ? without(frame, 'after') : frame) }),
    'open with after has exactly the entries that were missed',
  ],
  [
    'never says that there is more',
    () => changing('opened', (frame) => [{ ...frame, more: false }]),
    'open with after and a limit has the first of the missed entries, and more',
  ],
  [
    'ignores the epoch',
    () => ({ command: (frame) => without(frame, 'epoch') }),
    'open with the epoch of another log is answered with reset',
  ],
  [
    'has history newest first',
    () => changing('history', (frame) => [{ ...frame, messages: (frame.messages as unknown[]).toReversed() }]),
    'history has pages before, after and around a message, oldest first',
  ],
  [
    'keeps the text of deleted messages',
    () =>
      changing('history', (frame) => [
        {
          ...frame,
          messages: (frame.messages as Frame[]).map((one) => (one.deleted ? { ...one, data: 'second' } : one)),
        },
      ]),
    'edits, reactions and deletions are entries, and the message has them',
  ],
  [
    'cuts long messages short',
    () => ({
      command: (frame) => (typeof frame.data === 'string' ? { ...frame, data: frame.data.slice(0, 4_000) } : frame),
    }),
    'a message of 4,000 characters is stored, and one of 4,001 is too-long',
  ],
  [
    'answers 200 to what was refused',
    () => ({
      response: (path, answer) =>
        path.startsWith('/api/') ? { ...answer, status: answer.status === 409 ? 200 : answer.status } : answer,
    }),
    'refused requests have the status and the code of the protocol',
  ],
  [
    'ignores Idempotency-Key',
    () => ({ headers: (headers) => without(headers, 'idempotency-key') as Record<string, string> }),
    'POST /api/chat stores a message once under its key, in the body or in Idempotency-Key',
  ],
  [
    'has polls whose cursor stays',
    () => ({
      response: (_path, answer) => ({
        ...answer,
        text: answer.text.replace(
          /"next":"([^"&]*):(\d+)[^"]*"/,
          (_, room, id) => `"next":"${room}:${Number(id) - 1}"`,
        ),
      }),
    }),
    'a long poll has the entries after its cursor, each once',
  ],
  [
    'has event streams without ids',
    () => ({ stream: (part) => part.replace(/^id: .*\n/gm, '') }),
    'an event stream has frames with ids, and goes on after the last of them',
  ],
]

describe('a server that does not keep to the protocol', () => {
  it('is not one that is only behind a proxy', async (t) => {
    const url = await startProxy(t, await startServer(t, { RATE_LIMITS: 'off' }))
    const titles = [...new Set(seeded.map(([, , title]) => title))]
    const results = await runChecks(url, { only: titles, patienceMs })
    expect(results.filter(({ fault }) => fault)).toEqual([])
    expect(results.map(({ title }) => title)).toEqual(expect.arrayContaining(titles))
  })
  it.for(seeded)('is found when it %s', async ([, fault, title], t) => {
    const url = await startProxy(t, await startServer(t, { RATE_LIMITS: 'off' }), fault())
    const results = await runChecks(url, { only: [title] })
    expect(results.find((one) => one.title === title)?.fault, JSON.stringify(results)).toMatch(/\S/)
    expect(results[0]?.fault, 'it can be used all the same').toBeUndefined()
  })
})
