/** Loaded into the server with `--import`. Reports the internal state of the process to any client of a socket file. */
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'

export interface Inside {
  /** Bytes in use after a garbage collection, on the heap and outside it. */
  heldBytes: number
  /** Open TCP connections. */
  sockets: number
  timers: number
  /** The properties of an empty object. */
  prototypeKeys: string[]
}

export const probeFile = 'probe.sock'

function look(): Inside {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  const resources = process.getActiveResourcesInfo()
  const count = (name: string) => resources.filter((resource) => resource === name).length
  const prototypeKeys = Reflect.ownKeys(Object.prototype).map(String)
  return { heldBytes: heapUsed + external, sockets: count('TCPSocketWrap'), timers: count('Timeout'), prototypeKeys }
}

// The writer's thread loads it as well, and so do modules that import its types.
if (isMainThread && process.env.DATA_DIR && globalThis.gc) {
  const asked = createServer((socket) => socket.on('error', () => {}).end(JSON.stringify(look())))
  const path = join(process.env.DATA_DIR, probeFile)
  // Left by the previous process.
  rmSync(path, { force: true })
  asked.listen(path).unref()
}
