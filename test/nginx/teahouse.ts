import { subprotocol } from '../../src/shared/protocol/limits.ts'
import { type ChatClient, connect } from '../support/clients/client.ts'
import { type Cleanup, identityOf, startServer } from '../support/server/server.ts'
import { startProxy } from './proxy.ts'

/** The app itself behind Nginx. */
export async function startTeahouse(t: Cleanup) {
  const app = await startServer(t, { TRUST_PROXY: '127.0.0.1' })
  const { port } = await startProxy(t, { app: app.port })
  return { app, port, host: `127.0.0.1:${port}` }
}

export async function signIn(host: string, name: string, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`http://${host}/signin`, {
    method: 'POST',
    headers: { Accept: 'application/json', ...headers },
    body: new URLSearchParams({ name }),
  })
}

export async function enter(host: string, name: string): Promise<ChatClient> {
  const cookie = identityOf(await signIn(host, name))
  return await connect(`ws://${host}/ws/chat`, { protocol: subprotocol, cookie, headers: { Origin: `http://${host}` } })
}
