// Prints the messages of the lobby from an event stream. A page uses `new EventSource` for the same address.
const url = process.env.TEAHOUSE_URL ?? 'http://127.0.0.1:3000'
const headers = { authorization: `Bearer ${process.env.TEAHOUSE_TOKEN}`, accept: 'text/event-stream' }
let query = 'room=lobby:'

while (true) {
  try {
    const response = await fetch(`${url}/api/stream?${query}`, { headers })
    if (!response.ok) throw new Error(await response.text())
    let text = ''
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (text + chunk).split('\n\n')
      text = events.pop()
      for (const event of events) receive(event)
    }
  } catch (error) {
    console.error(error.message)
    await new Promise((resolve) => setTimeout(resolve, 5_000))
  }
}

function receive(event) {
  const field = (name) => new RegExp(`^${name}: (.*)$`, 'm').exec(event)?.[1]
  // The next stream goes on after the newest `id`.
  query = field('id') ?? query
  const { type, user, data } = JSON.parse(field('data') ?? '{}')
  if (type === 'chat') console.log(`${user.name}: ${data}`)
}
