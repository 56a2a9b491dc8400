/** A small server that speaks clamd's `zINSTREAM`: parts with their length in front, a part of no bytes at the end, an answer that ends with NUL. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import type { Cleanup } from '../server/server.ts'

interface Options {
  /** Where it listens: a free port unless it is a path. */
  path?: string
  /** What it answers to a whole file; undefined for silence. */
  answer?(file: Buffer): string | undefined | Promise<string>
  /** As `StreamMaxLength` of clamd. */
  maxBytes?: number
}

export interface Clamd {
  /** As in `FILE_CHECK`. */
  address: string
  /** What was sent to it, whole. */
  files: Buffer[]
  /** How many files were being checked at most. */
  maxAtOnce: number
  stop(): Promise<void>
}

const command = 'zINSTREAM\0'

/** Finds `EICAR`, unless it is told what to answer. */
export async function startClamd(
  t: Cleanup,
  { path, answer = findEicar, maxBytes = 1e9 }: Options = {},
): Promise<Clamd> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    clamd.maxAtOnce = Math.max(clamd.maxAtOnce, sockets.size)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    serve(socket).catch(() => socket.destroy())
  })
  const clamd: Clamd = { address: '', files: [], maxAtOnce: 0, stop }
  if (path) server.listen(path)
  else server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  clamd.address = path ? `unix:${path}` : `tcp:127.0.0.1:${(server.address() as AddressInfo).port}`
  t.onTestFinished(stop)
  return clamd

  async function serve(socket: Socket): Promise<void> {
    let rest = Buffer.alloc(0)
    const parts: Buffer[] = []
    let bytes = 0
    let hasCommand = false
    /** What still comes is read: a reset would overtake the answer. */
    let isOver = false
    for await (const chunk of socket) {
      rest = Buffer.concat([rest, chunk])
      if (!hasCommand && rest.length >= command.length) {
        if (rest.toString('latin1', 0, command.length) !== command) return void socket.end('UNKNOWN COMMAND\0')
        hasCommand = true
        rest = rest.subarray(command.length)
      }
      while (hasCommand && rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
        const length = rest.readUInt32BE()
        bytes += length
        if (bytes > maxBytes && !isOver) {
          isOver = true
          socket.end('INSTREAM size limit exceeded. ERROR\0')
        }
        if (isOver) parts.length = 0
        parts.push(rest.subarray(4, 4 + length))
        rest = rest.subarray(4 + length)
        if (length > 0 || isOver) continue
        const file = Buffer.concat(parts)
        clamd.files.push(file)
        const said = await answer(file)
        if (said !== undefined) return void socket.end(said)
      }
    }
  }

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
}

function findEicar(file: Buffer): string {
  return file.includes('EICAR') ? 'stream: Eicar-Test-Signature FOUND\0' : 'stream: OK\0'
}
