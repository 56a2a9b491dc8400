import { describe, expect, it } from 'vitest'
import { ask } from '../http/raw-request.ts'
import { type Person, startServer, type TestServer } from '../support/server/server.ts'

function post(server: TestServer, { cookie }: Pick<Person, 'cookie'>, level: string, room = 'lobby') {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: cookie }
  const body = String(new URLSearchParams({ level }))
  return ask(server.port, `/rooms/${room}/notifications`, { method: 'POST', headers, body })
}

describe('POST /rooms/:room/notifications', () => {
  it('sets the level, which the page then shows, and returns to the room', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    const page = () => ask(server.port, '/rooms/lobby', { headers: { Cookie: anna.cookie } })
    expect((await page()).body).toContain('<option value="default" selected>Default</option>')
    const answer = await post(server, anna, 'nothing')
    expect([answer.status, answer.headers.location]).toEqual([303, '/rooms/lobby'])
    const { body } = await page()
    expect(body).toContain('<option value="nothing" selected>Nothing</option>')
    expect(body).toContain('class="rooms-room muted"')
  })

  it('refuses other levels, rooms that the user cannot view, and users without a session', async (t) => {
    const server = await startServer(t)
    const anna = await server.signIn('Anna')
    expect((await post(server, anna, 'loud')).status).toBe(400)
    expect((await post(server, anna, 'nothing', 'nowhere')).status).toBe(404)
    expect((await post(server, { cookie: '' }, 'nothing')).headers.location).toBe('/signin?to=%2Frooms%2Flobby')
    const reloaded = await ask(server.port, '/rooms/lobby/notifications', { headers: { Cookie: anna.cookie } })
    expect(reloaded.headers.location).toBe('/rooms/lobby')
  })
})
