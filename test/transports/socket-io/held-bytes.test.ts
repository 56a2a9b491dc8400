/** What is counted of the bytes that clients of Socket.IO have in memory. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { readConfig } from '../../../src/server/config.ts'
import { engineOptions } from '../../../src/server/transports/socket-io/engine.ts'
import { HeldBytes } from '../../../src/server/transports/socket-io/held-bytes.ts'
import { SocketIo } from '../../../src/server/transports/socket-io/socket-io.ts'
import type { Cleanup } from '../../support/server/server.ts'

const maxBytes = 300_000

/** A request with a body of 200,000 bytes, whose session is looked up until `release` is called. */
async function requestToBeServed(t: Cleanup, held: HeldBytes) {
  const found = Promise.withResolvers<undefined>()
  const needs = { callers: { find: () => found.promise }, config: readConfig({}), held }
  const bridge = { options: engineOptions, begin: () => {}, watch: () => {} }
  const socketIo = new SocketIo(needs as unknown as ConstructorParameters<typeof SocketIo>[0], bridge)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const client = request({
    ...{ port, method: 'POST', path: '/socket.io/?EIO=4&transport=polling&sid=none' },
    headers: { authorization: 'Bearer x', 'content-length': 200_000 },
  })
  client.on('error', () => {}) // it is cut off
  client.write('4')
  const [received, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  const closed = new Promise((resolve) => received.socket.once('close', resolve))
  return { client, closed, served: socketIo.serve(received, response), release: () => found.resolve(undefined) }
}

it('a body of a request counts until the request is over', async (t) => {
  const held = new HeldBytes(maxBytes, maxBytes)
  const { client, closed, served, release } = await requestToBeServed(t, held)
  release()
  await served
  expect(held.hold('127.0.0.1', maxBytes - 200_000 + 1)).toBeUndefined()
  client.destroy()
  await closed
  expect(held.hold('127.0.0.1', maxBytes)).toBeDefined()
})

it('a body of a request that has gone while its session was looked up does not count', async (t) => {
  const held = new HeldBytes(maxBytes, maxBytes)
  const { client, closed, served, release } = await requestToBeServed(t, held)
  client.destroy()
  await closed
  release()
  await served
  expect(held.hold('127.0.0.1', maxBytes)).toBeDefined()
})

it('one network holds its share, and eight of them hold all there is', () => {
  const held = new HeldBytes(80, 10)
  const giveBack = held.hold('a', 4)
  held.hold('a', 6)
  expect(held.hold('a', 1)).toBeUndefined()
  for (const other of 'bcdefgh') expect(held.hold(other, 10), other).toBeDefined()
  expect(held.hold('i', 1)).toBeUndefined()
  giveBack?.()
  giveBack?.()
  expect(held.hold('i', 5)).toBeUndefined()
  expect(held.hold('i', 4)).toBeDefined()
})
