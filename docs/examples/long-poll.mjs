// Prints the messages of the lobby by long polls: the least that misses nothing.
const url = process.env.TEAHOUSE_URL ?? 'http://127.0.0.1:3000'
const headers = { authorization: `Bearer ${process.env.TEAHOUSE_TOKEN}` }
let query = 'room=lobby:'

while (true) {
  try {
    const response = await fetch(`${url}/api/stream?${query}`, { headers })
    if (!response.ok) throw new Error(await response.text())
    const { frames, next } = await response.json()
    for (const { type, user, data } of frames) if (type === 'chat') console.log(`${user.name}: ${data}`)
    query = next
  } catch (error) {
    console.error(error.message)
    await new Promise((resolve) => setTimeout(resolve, 5_000))
  }
}
