/**
 * Ports of loopback for servers that must be told theirs, or listen there again after a restart.
 *
 * They lie below those that Linux and macOS give to whoever asks for any port or opens a connection: nobody else gets one
 * between two starts. Each process takes from a block of its own.
 */
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'

const lowest = 11_000
/** Linux gives from here, unless it is told otherwise. */
const end = 32_768
const blockSize = 128
const blocks = Math.floor((end - lowest) / blockSize)

let block: Promise<number> | undefined
let next = 0

/** @returns its first port, on which this process listens as long as it lives, so that no other one takes the block */
async function takeBlock(): Promise<number> {
  for (let i = 0; i < blocks; i++) {
    const first = lowest + ((process.pid + i) % blocks) * blockSize
    const server = await listening(first)
    if (!server) continue
    server.unref()
    return first
  }
  throw new Error('All blocks of ports are taken.')
}

/** @returns undefined if somebody else listens there */
async function listening(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return server
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return undefined
  }
}

/** A port that comes again only after all others of the block. */
export async function freePort(): Promise<number> {
  block ??= takeBlock()
  const first = await block
  for (let i = 1; i < blockSize; i++) {
    next = (next % (blockSize - 1)) + 1
    const port = first + next
    const server = await listening(port)
    if (!server) continue
    await once(server.close(), 'close')
    return port
  }
  throw new Error('All ports of the block are taken.')
}

/** Whether somebody listens there. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}
