/** How a stream ends with its connection. */
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/**
 * An answer that waits behind another one on its connection is not told when the connection ends, and so neither is Koa.
 * A file that nobody closes then ends the process when it is collected.
 */
export function destroyWith(socket: Socket, content: Readable): void {
  const destroy = () => content.destroy()
  if (socket.destroyed) destroy()
  socket.once('close', destroy)
  content.once('close', () => socket.off('close', destroy))
}

/** Does what nobody needs any more when the connection ends. */
export async function whileConnected<Result>(
  socket: Socket,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const left = new AbortController()
  const leave = () => left.abort()
  if (socket.destroyed) leave()
  socket.once('close', leave)
  try {
    return await work(left.signal)
  } finally {
    socket.off('close', leave)
  }
}
