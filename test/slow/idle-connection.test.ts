import assert from 'node:assert/strict'
import { it } from 'vitest'
import WebSocket from 'ws'
import { lobby } from '../../src/shared/protocol/limits.ts'
import { enter, startTeahouse } from '../nginx/teahouse.ts'

it('Nginx › keeps a socket without messages for 70 seconds', async (t) => {
  const { host } = await startTeahouse(t)
  const silent = await enter(host, 'Anna')
  const talker = await enter(host, 'Li')
  await silent.open(lobby)
  let pings = 0
  silent.socket.on('ping', () => pings++)

  // A real wait, since the test is about elapsed time.
  await new Promise((resolve) => setTimeout(resolve, 70_000))
  assert.equal(silent.socket.readyState, WebSocket.OPEN)
  assert.ok(pings >= 2, 'the pings of the server are what keeps it')
  await talker.open(lobby)
  await talker.say(lobby, 'Still there?')
  assert.equal((await silent.next('chat')).data, 'Still there?')
  await silent.say(lobby, 'Yes.')
})
