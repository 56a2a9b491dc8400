// Answers "ping" with "pong" over a bare WebSocket, without a library. Node 22 or newer.
const url = process.env.TEAHOUSE_URL ?? 'http://127.0.0.1:3000'
const headers = { authorization: `Bearer ${process.env.TEAHOUSE_TOKEN}` }
const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/chat`, { protocols: 'chat.v1', headers })
const send = (frame) => socket.send(JSON.stringify(frame))

socket.onopen = () => send({ type: 'open', room: 'lobby' })
socket.onclose = ({ code, reason }) => console.log('closed', code, reason)
socket.onmessage = (event) => {
  const { type, id, data } = JSON.parse(event.data)
  if (type === 'opened') console.log('opened')
  if (type === 'chat' && data === 'ping')
    send({ type: 'chat', room: 'lobby', key: `pong-lobby-${id}`, data: 'pong', reply: id })
}
