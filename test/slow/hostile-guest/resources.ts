/** The attacks of one hostile guest at full speed, by the resource that they try to exhaust. */
import { randomUUID } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import WebSocket from 'ws'
import { fullRooms, searchedWords } from './rooms.ts'

/** How the guest reaches the server: from a separate address. */
export interface Target {
  port: number
  cookie: string
  localAddress: string
}

export interface Tally {
  /** Requests, commands and connections that were sent. */
  tried: number
  /** Of them, those that the server refused: an `error` frame, a close code over 4000, or a status over 399. */
  refused: number
}

/** Goes on until the signal is aborted. */
export type Attack = (target: Target, tally: Tally, signal: AbortSignal) => Promise<void>

const connectionsOfUser = 20
const largest = '🍵'.repeat(4_000)

export const attacks: Record<string, Attack> = {
  'reads of history': (target, tally, signal) =>
    onConnections(target, tally, signal, (command) => {
      for (const room of fullRooms) command({ type: 'open', room, limit: 1 })
      return (i) => ({ type: 'history', room: fullRooms[i % fullRooms.length], limit: 1_000 })
    }),

  'memory of open rooms': (target, tally, signal) =>
    onConnections(target, tally, signal, () => (i) => {
      const room = fullRooms[(i >> 1) % fullRooms.length]
      return i % 2 ? { type: 'close', room } : { type: 'open', room, limit: 1_000 }
    }),

  'catching up from the first entry': (target, tally, signal) =>
    onConnections(target, tally, signal, () => (i) => ({
      type: 'open',
      room: fullRooms[i % fullRooms.length],
      after: i % 100,
      limit: 1_000,
    })),

  'stored bytes': (target, tally, signal) =>
    onConnections(target, tally, signal, (command) => {
      for (const room of fullRooms) command({ type: 'open', room, limit: 1 })
      return (i) => ({ type: 'chat', room: fullRooms[i % fullRooms.length], key: randomUUID(), data: largest })
    }),

  'new rooms': (target, tally, signal) =>
    onConnections(
      target,
      tally,
      signal,
      () => (i) =>
        i % 2
          ? { type: 'create', key: randomUUID(), kind: 'public', name: `room ${randomUUID()}` }
          : { type: 'open', room: `room ${randomUUID()}` },
    ),

  'lists of people': (target, tally, signal) =>
    onConnections(target, tally, signal, (command) => {
      command({ type: 'open', room: 'lobby', limit: 1 })
      return (i) => (i % 2 ? { type: 'members', room: 'lobby' } : { type: 'users', data: '' })
    }),

  'typing and pings': (target, tally, signal) =>
    onConnections(target, tally, signal, (command) => {
      command({ type: 'open', room: 'lobby', limit: 1 })
      return (i) => (i % 2 ? { type: 'typing', room: 'lobby' } : { type: 'ping' })
    }),

  'new connections': async (target, tally, signal) => {
    const one = async () => {
      while (!signal.aborted) {
        const socket = open(target, tally)
        await new Promise<void>((resolve) => {
          // The first frame is the `welcome`, which costs most.
          socket.once('message', () => socket.terminate())
          socket.once('close', resolve)
        })
      }
    }
    await Promise.all(Array.from({ length: connectionsOfUser }, one))
  },

  searches: (target, tally, signal) =>
    onConnections(target, tally, signal, () => {
      // As many beginnings of words as are allowed, and words that every message has, in an order that none has.
      const { first, last, beginnings } = searchedWords
      const prefixes = beginnings.map((beginning) => `${beginning}*`).join(' ')
      const queries = [
        `${prefixes} "${last} ${first}"`,
        `${prefixes} before:2100-01-01 after:1999-01-01 "${last} ${first}"`,
        // All that the full rooms say, which is compared word by word.
        `"${'🍵'.repeat(60)}"`,
      ]
      return (i) => ({ type: 'search', query: queries[i % queries.length], limit: 1_000 })
    }),

  'page loads': async (target, tally, signal) => {
    const paths = ['/', ...fullRooms.map((room) => `/rooms/${encodeURIComponent(room)}`)]
    await inParallel(signal, (i) => send(target, tally, { path: paths[i % paths.length] ?? '/' }))
  },

  'hashes of passwords': (target, tally, signal) =>
    inParallel(signal, (i) =>
      i % 2
        ? send(target, tally, { path: '/account/password', form: { password: `a long password ${i}` } })
        : send(target, tally, { path: '/signin', form: { name: `Claimed ${i}`, password: `wrong ${i}` } }),
    ),

  'idle connections': async ({ port, localAddress }, tally, signal) => {
    const open = new Set<ReturnType<typeof connect>>()
    while (!signal.aborted) {
      if (open.size >= 2_500) {
        await pause(20)
        continue
      }
      for (let i = 0; i < 50; i++) {
        const socket = connect({ port, host: '127.0.0.1', localAddress })
        open.add(socket)
        tally.tried++
        socket.on('error', () => {})
        socket.on('close', () => open.delete(socket) && tally.refused++)
        socket.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
        socket.resume()
      }
      await pause(1)
    }
    for (const socket of open) socket.destroy()
  },
}

type Command = Record<string, unknown>

/** As many connections as one user may have, each sending the next command as fast as the socket takes it. */
async function onConnections(
  target: Target,
  tally: Tally,
  signal: AbortSignal,
  begin: (command: (command: Command) => void) => (i: number) => Command,
): Promise<void> {
  const one = async () => {
    while (!signal.aborted) {
      const socket = open(target, tally)
      const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
      const isOpen = await Promise.race([
        new Promise<boolean>((resolve) => socket.once('open', () => resolve(true))),
        ended.then(() => false),
      ])
      if (!isOpen) {
        await pause(10)
        continue
      }
      const command = (content: Command) => {
        tally.tried++
        socket.send(JSON.stringify(content))
      }
      const next = begin(command)
      for (let i = 0; !signal.aborted && socket.readyState === WebSocket.OPEN; i++) {
        command(next(i))
        // Faster than this only the sender's own memory would fill.
        if (socket.bufferedAmount > 256 * 1024 || i % 20 === 0) await pause(1)
      }
      socket.terminate()
      await ended
    }
  }
  await Promise.all(Array.from({ length: connectionsOfUser }, one))
}

function open({ port, cookie, localAddress }: Target, tally: Tally): WebSocket {
  tally.tried++
  const options = { headers: { cookie }, localAddress }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/chat`, ['chat.v1'], options)
  socket.on('error', () => {})
  socket.on('unexpected-response', (request) => {
    tally.refused++
    request.destroy()
  })
  socket.on('message', (data: Buffer) => {
    if (data.includes('"type":"error"')) tally.refused++
  })
  socket.on('close', (code) => {
    if (code >= 4000) tally.refused++
  })
  return socket
}

const agent = new Agent({ keepAlive: true, maxSockets: 40 })

async function inParallel(signal: AbortSignal, send: (i: number) => Promise<void>): Promise<void> {
  let i = 0
  const one = async () => {
    while (!signal.aborted) await send(i++)
  }
  await Promise.all(Array.from({ length: 40 }, one))
}

interface Request {
  path: string
  form?: Record<string, string>
}

function send({ port, cookie, localAddress }: Target, tally: Tally, { path, form }: Request): Promise<void> {
  tally.tried++
  return new Promise((resolve) => {
    const headers = { cookie, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) }
    const method = form ? 'POST' : 'GET'
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, localAddress, agent }, (response) => {
      if ((response.statusCode ?? 0) >= 400) tally.refused++
      response.resume().on('close', resolve)
    })
    request.on('error', () => {
      tally.refused++
      resolve()
    })
    request.end(form && String(new URLSearchParams(form)))
  })
}

/** Lets the sockets of this process be read and written. It paces only the attacker. */
async function pause(ms: number): Promise<void> {
  await sleep(ms)
}
