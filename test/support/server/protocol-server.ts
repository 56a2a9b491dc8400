/** The engine of Socket.IO as the server mounts it, with the settings and the handlers that the protocols' own test suites need. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { readConfig } from '../../../src/server/config.ts'
import { LongBodies } from '../../../src/server/http/files/long-bodies.ts'
import { createHttpServer } from '../../../src/server/http/server.ts'
import { socketIoRequests } from '../../../src/server/http/socket-io/requests.ts'
import { createLog } from '../../../src/server/log.ts'
import { connectionLimits, HttpConnections } from '../../../src/server/rate-limit/http-connections.ts'
import { createLimiter } from '../../../src/server/rate-limit/limiter.ts'
import { unshared } from '../../../src/server/rate-limit/nodes/share.ts'
import { OpenConnections } from '../../../src/server/transports/open-connections.ts'
import type { EngineOptions } from '../../../src/server/transports/socket-io/engine.ts'
import { HeldBytes } from '../../../src/server/transports/socket-io/held-bytes.ts'
import { type Bridge, SocketIo } from '../../../src/server/transports/socket-io/socket-io.ts'
import { Upgrades } from '../../../src/server/transports/websocket/upgrade.ts'
import type { Cleanup } from './server.ts'

/** Those of both suites, but for the times of pings: a busy machine must not be taken for a client that does not answer. */
export const patientOptions: EngineOptions = {
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxHttpBufferSize: 1e6,
  connectTimeout: 20_000,
}
/** For cases about pings. */
export const oftenPinged: EngineOptions = { ...patientOptions, pingInterval: 300 }
/** For cases about clients that say nothing. */
export const impatientOptions: EngineOptions = { ...oftenPinged, pingTimeout: 200, connectTimeout: 1_000 }

/** @returns where it listens */
export async function startProtocolServer(
  t: Cleanup,
  bridge: Omit<Bridge, 'options'>,
  options = patientOptions,
  port = 0,
): Promise<string> {
  const config = readConfig({ RATE_LIMITS: 'off' })
  const log = createLog('silent')
  const limiter = createLimiter(false)
  const connections = new HttpConnections(connectionLimits(false), () => {})
  const callers = { find: async () => undefined }
  // What a server that has no users uses of the others.
  const others = { hub: { connectionsOf: () => 0 }, ipBans: { has: () => false } }
  const open = new OpenConnections({ ...others, config, log, share: unshared } as unknown as ConstructorParameters<
    typeof OpenConnections
  >[0])
  const socketIo = new SocketIo(
    { callers, config, open, connections, limiter, log, held: new HeldBytes() },
    { ...bridge, options },
  )
  const app = new Koa().use(socketIoRequests(socketIo))
  const server = createHttpServer(app.callback(), {
    maxConnections: 1_000,
    connections,
    isProxy: () => false,
    longBodies: new LongBodies(),
  })
  const needs = { callers, config, open, connections, limiter, log, socketIo }
  new Upgrades(server, needs as unknown as ConstructorParameters<typeof Upgrades>[1])
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.onTestFinished(() => {
    server.closeAllConnections()
    server.close()
    return open.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
