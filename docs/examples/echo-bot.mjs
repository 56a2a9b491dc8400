// Repeats what is said to it, with the package teahouse-client: it reconnects, misses nothing and answers once.
import { connect } from 'teahouse-client'

const { TEAHOUSE_URL: url = 'http://127.0.0.1:3000', TEAHOUSE_TOKEN: token, ROOM: room = 'lobby' } = process.env
const chat = connect({ url, token })
const me = await chat.ready

chat.on('chat', async ({ id, user, data }) => {
  const [, text] = /^echo (.+)/s.exec(data) ?? []
  // Never answer yourself. The key makes a second answer to the same message impossible, also after a restart.
  if (text && user.id !== me.id) await chat.send(room, text, { reply: id, key: `echo-${room}-${id}` })
})
chat.on('state', (state) => console.log(state.state, state.code ?? ''))

await chat.open(room)
console.log(`${me.name} listens in ${room}`)
