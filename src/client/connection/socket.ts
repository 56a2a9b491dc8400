import type { SocketEvents, Transport } from './environment.ts'

export function openSocket(url: string, protocol: string, events: SocketEvents): Transport {
  const socket = new WebSocket(url, protocol)
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
