/** Pages and forms about other users and their requests, without JavaScript. */
import { describe, expect, it } from 'vitest'
import { ask } from '../http/raw-request.ts'
import { textOf, visitorNamed } from '../support/clients/visitor.ts'
import { type PopulatedServer, startPopulatedServer } from '../support/server/populated-server.ts'

/** Bo, a guest, starts a conversation with Eve and writes in it. */
async function request({ bo, eve }: PopulatedServer): Promise<string> {
  const made = await bo.does({ type: 'create', kind: 'direct', users: [eve.id] })
  const room = made.type === 'room' ? made.room : ''
  await bo.chat.open(room)
  await bo.did({ type: 'chat', room, data: 'may I?' })
  return room
}

const pathOf = (room: string) => `/rooms/${encodeURIComponent(room)}`

describe('request page', () => {
  it('shows the request, and a form accepts it (SECURITY-REVIEW 19)', async (t) => {
    const populated = await startPopulatedServer(t)
    const { bo, eve } = populated
    const room = await request(populated)
    const page = await eve.visitor.get(pathOf(room))
    expect(textOf(page.body)).toContain('may I?')
    expect(page.body).toContain(`action="${pathOf(room)}/accept"`)
    expect(bo.heard('join', room).map(({ user }) => user)).not.toContainEqual(eve.user)
    expect(await eve.visitor.post(`${pathOf(room)}/accept`)).toMatchObject({
      status: 303,
      headers: { location: pathOf(room) },
    })
    expect((await eve.visitor.get(pathOf(room))).body).not.toContain('/accept"')
  })
  it('declines the request by a form, and then answers 404 (SECURITY-REVIEW 19)', async (t) => {
    const populated = await startPopulatedServer(t)
    const { eve } = populated
    const room = await request(populated)
    expect(await eve.visitor.post(`${pathOf(room)}/decline`)).toMatchObject({ status: 303, headers: { location: '/' } })
    expect((await eve.visitor.get(pathOf(room))).status).toBe(404)
    expect((await eve.visitor.post(`${pathOf(room)}/accept`)).status).toBe(404)
  })
  it('refuses other sites and other users (SECURITY-REVIEW 19)', async (t) => {
    const populated = await startPopulatedServer(t)
    const { server, eve, cai } = populated
    const room = await request(populated)
    const headers = { Cookie: eve.visitor.cookie, Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }
    for (const path of [`${pathOf(room)}/accept`, `${pathOf(room)}/decline`, '/people/5/block']) {
      expect((await ask(server.port, path, { method: 'POST', headers })).status).toBe(403)
    }
    expect((await cai.visitor.post(`${pathOf(room)}/accept`)).status).toBe(404)
    expect((await eve.visitor.get(pathOf(room))).body).toContain('/accept"')
  })
})

describe('person page', () => {
  it('blocks and unblocks the user, as the account page does (SECURITY-REVIEW 19)', async (t) => {
    const populated = await startPopulatedServer(t)
    const { bo, eve } = populated
    const room = await request(populated)
    const path = `/people/${bo.id}`
    expect((await eve.visitor.get(path)).body).toContain(`action="${path}/block"`)
    expect(await eve.visitor.post(`${path}/block`)).toMatchObject({ status: 303, headers: { location: path } })
    expect((await eve.visitor.get(pathOf(room))).status, 'what they have asked is declined').toBe(404)
    expect((await eve.visitor.get(path)).body).toContain(`action="${path}/unblock"`)
    expect((await eve.visitor.get('/account')).body).toContain(`action="${path}/unblock"`)
    const answer = await eve.visitor.post(`${path}/unblock`, { to: 'account' })
    expect(answer).toMatchObject({ status: 303, headers: { location: '/account' } })
    expect((await eve.visitor.get('/account')).body).not.toContain(path)
  })
  it('shows the role, the status and when the user was last seen, to people who share a room', async (t) => {
    const { ada, bo, cai } = await startPopulatedServer(t)
    await bo.did({ type: 'status', text: 'Brewing', emoji: '🍵' })
    const shown = async ({ visitor }: typeof cai) => textOf((await visitor.get(`/people/${bo.id}`)).body)
    expect(await shown(cai)).toMatch(/Bo Guest 🍵 Brewing active now/)
    await bo.visitor.post('/account/last-seen', { shown: 'no' })
    expect(await shown(cai)).toMatch(/Bo Guest 🍵 Brewing(?! active)/)
    expect(await shown(ada)).toContain('Brewing')
    await bo.did({ type: 'leave', room: 'lobby' })
    expect(await shown(ada)).not.toContain('Brewing')
  })
  it('exists for users known to a verified reader only (SECURITY-REVIEW 19)', async (t) => {
    const { server, bo, eve } = await startPopulatedServer(t)
    const unknownUser = await visitorNamed(server, 'Unknown')
    const typed = await visitorNamed(server, 'Eve')
    for (const [who, path] of [
      [eve.visitor, '/people/7'],
      [eve.visitor, '/people/999999'],
      [eve.visitor, '/people/x'],
      [eve.visitor, `/people/0x${bo.id.toString(16)}`],
      [eve.visitor, `/people/${bo.id}e0`],
      [typed, `/people/${bo.id}`],
    ] as const) {
      expect((await who.get(path)).status, path).toBe(404)
      expect((await who.post(`${path}/block`)).status, path).toBe(404)
    }
    expect(await unknownUser.isIn(), 'the user exists').toBe(true)
  })
  it('is linked from the user’s messages, which are collapsed once the user is blocked (SECURITY-REVIEW 19)', async (t) => {
    const { bo, cai } = await startPopulatedServer(t)
    await bo.did({ type: 'chat', room: 'tea', data: 'hello @Cai' })
    expect((await cai.visitor.get('/rooms/tea')).body).toContain(`href="/people/${bo.id}"`)
    await cai.visitor.post(`/people/${bo.id}/block`)
    const { body } = await cai.visitor.get('/rooms/tea')
    expect(body).toMatch(/<details class="message-blocked">\s*<summary>Message from a blocked person<\/summary>/)
    expect(body).not.toContain('class="message mentioned')
  })
})
