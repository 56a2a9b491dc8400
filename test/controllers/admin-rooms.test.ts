import { expect, it } from 'vitest'
import { ownerNamed, visitorNamed } from '../support/clients/visitor.ts'
import { startServer } from '../support/server/server.ts'

it('admin › rooms are deleted by admins after confirmation (SECURITY-REVIEW 8)', async (t) => {
  const server = await startServer(t, { RATE_LIMITS: 'off' })
  const owner = await ownerNamed(server, 'Owen')
  const guest = await visitorNamed(server, 'Bo')
  const chat = await guest.connect()
  await chat.open('green <tea>')
  const { body } = await owner.get('/admin/rooms')
  expect(body).toContain('green &lt;tea&gt;')
  expect(body).not.toContain('value="lobby"')
  const room = 'green <tea>'
  expect((await guest.post('/admin/rooms/delete', { room, sure: '1' })).status).toBe(404)
  expect((await owner.post('/admin/rooms/delete', { room })).status).toBe(400)
  expect((await owner.get(`/rooms/${encodeURIComponent(room)}`)).status).toBe(200)
  expect((await owner.post('/admin/rooms/delete', { room, sure: '1' })).status).toBe(303)
  expect(await chat.next('room')).toEqual({ type: 'room', room, gone: true })
  expect((await owner.get(`/rooms/${encodeURIComponent(room)}`)).status).toBe(404)
  expect((await owner.get('/admin/log')).body).toMatch(/Owen.*deleted the room .*green &lt;tea&gt;/)
})
