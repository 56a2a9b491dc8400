import type { SocketEvents, Transport } from './environment.ts'

/** What Node, Deno and Bun take in place of the protocol. In a browser it throws: a page cannot set headers. */
type WebSocketOptions = { protocols: string[]; headers: Record<string, string> }

/** @throws where there is no WebSocket, or it cannot have the headers */
export function openSocket(
  url: string,
  protocol: string,
  events: SocketEvents,
  headers?: Record<string, string>,
): Transport {
  const options: WebSocketOptions | undefined = headers && { protocols: [protocol], headers }
  const socket = new WebSocket(url, (options as unknown as undefined) ?? protocol)
  socket.onopen = () => events.opened()
  socket.onmessage = ({ data }) => events.received(data)
  socket.onclose = ({ code, reason }) => events.closed(code, reason)
  return {
    send: (text) => socket.send(text),
    drop() {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close()
    },
  }
}
