// Writes a message each day at the same time, once, however often it is started. Needs the package teahouse-client.
import { connect } from 'teahouse-client'

const { TEAHOUSE_URL: url = 'http://127.0.0.1:3000', TEAHOUSE_TOKEN: token, ROOM: room = 'lobby' } = process.env
const { AT: at = '09:30', TEXT: text = 'Time for tea.' } = process.env
const chat = connect({ url, token })
let done = ''

while (true) {
  const now = new Date()
  const day = now.toDateString()
  if (now.toTimeString().slice(0, 5) >= at && day !== done) {
    done = day
    // The server stores one message for each key, so that a restart in the evening does not remind again.
    const sent = chat.send(room, text, { key: `reminder ${day} ${at}` })
    await sent.then(
      ({ id }) => console.log(`reminded: ${room}/${id}`),
      ({ message }) => console.error(`not reminded: ${message}`),
    )
  }
  await new Promise((resolve) => setTimeout(resolve, 20_000))
}
