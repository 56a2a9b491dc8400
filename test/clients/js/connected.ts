/** Clients of the package against a real server. */
import { type Client, type ConnectOptions, connect, type Entry } from '../../../clients/js/src/index.ts'
import { TcpProxy } from '../../proof/tcp-proxy.ts'
import type { Cleanup, Person, TestServer } from '../../support/server/server.ts'

export interface Connected {
  client: Client
  /** Every entry that has come, in the order in which it came. */
  entries: Entry[]
  ids(): number[]
  texts(): string[]
}

export function connected(t: Cleanup, options: ConnectOptions): Connected {
  const client = connect(options)
  t.onTestFinished(() => client.disconnect())
  const entries: Entry[] = []
  client.on('entry', (entry) => entries.push(entry))
  return {
    client,
    entries,
    ids: () => entries.map(({ id }) => id),
    texts: () => entries.flatMap((entry) => (entry.type === 'chat' ? [entry.data] : [])),
  }
}

/** The cookie of a person at another port than the server's own, whose number is in its name. */
export function cookieAt(url: string, { cookie }: Pick<Person, 'cookie'>): string {
  return cookie.replace(/^session-\d+/, `session-${new URL(url).port}`)
}

export interface Line {
  url: string
  proxy: TcpProxy
}

/** A connection to the server that can be cut. */
export async function lineTo(t: Cleanup, server: Pick<TestServer, 'port'>): Promise<Line> {
  const proxy = await TcpProxy.start(() => server.port)
  t.onTestFinished(() => proxy[Symbol.asyncDispose]())
  return { url: `http://127.0.0.1:${proxy.port}`, proxy }
}

export function cut({ proxy }: Line) {
  for (const wire of proxy.wires) wire.reset()
}

/** The frames of the server do not arrive any more, and the connection stays. */
export function swallowAnswers({ proxy }: Line) {
  for (const wire of proxy.wires) wire.toClient.swallow()
}
