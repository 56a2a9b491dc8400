/** The pinned messages of a room, without JavaScript. */
import { describe, expect, it } from 'vitest'
import { textOf } from '../support/clients/visitor.ts'
import { den } from '../support/server/populate.ts'
import { startPopulatedServer } from '../support/server/populated-server.ts'

const path = `/rooms/${encodeURIComponent(den)}`

describe('page of pinned messages', () => {
  it('lists what moderators pin by a form of the room, and unpins it', async (t) => {
    const { anna, bo } = await startPopulatedServer(t)
    await bo.did({ type: 'chat', room: den, data: '*Oolong* at noon' })
    const form = `action="${path}/pins"`
    expect((await anna.visitor.get(path)).body).toContain(form)
    expect((await bo.visitor.get(path)).body).not.toContain(form)
    const pinned = await anna.visitor.post(`${path}/pins`, { ref: '1', on: 'yes' })
    expect(pinned).toMatchObject({ status: 303, headers: { location: `${path}/pins` } })
    await bo.chat.next('pin')
    const room = await bo.visitor.get(path)
    expect(textOf(room.body)).toContain('1 pinned')
    expect(room.body).toContain(`href="${path}/pins"`)
    expect(textOf((await bo.visitor.get(`${path}/pins`)).body)).toContain('Oolong at noon')
    expect((await bo.visitor.get(`${path}/pins`)).body).not.toContain(form)
    expect((await anna.visitor.get(`${path}/pins`)).body).toContain(form)
    await anna.visitor.post(`${path}/pins`, { ref: '1', on: 'no' })
    expect(textOf((await anna.visitor.get(`${path}/pins`)).body)).toContain('No pinned messages')
  })

  it('refuses users who do not moderate, and does not exist for those who cannot view the room', async (t) => {
    const { anna, bo, eve, server } = await startPopulatedServer(t)
    await bo.did({ type: 'chat', room: den, data: 'hello' })
    const refused = await bo.visitor.post(`${path}/pins`, { ref: '1', on: 'yes' })
    expect(refused.status).toBe(403)
    expect(refused.body).toContain('role="alert"')
    expect((await anna.visitor.post(`${path}/pins`, { ref: 'x', on: 'yes' })).status).toBe(400)
    for (const answer of [
      await eve.visitor.get(`${path}/pins`),
      await eve.visitor.post(`${path}/pins`, { ref: '1', on: 'yes' }),
    ]) {
      expect(answer.status).toBe(404)
    }
    expect((await fetch(`${server.url}${path}/pins`, { redirect: 'manual' })).status).toBe(302)
  })
})
