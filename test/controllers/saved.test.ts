/** Saved messages, without JavaScript. */
import { describe, expect, it } from 'vitest'
import { limits } from '../../src/shared/protocol/limits.ts'
import { textOf } from '../support/clients/visitor.ts'
import { den, tea } from '../support/server/populate.ts'
import { startPopulatedServer } from '../support/server/populated-server.ts'

const path = `/rooms/${encodeURIComponent(den)}`

describe('page of saved messages', () => {
  it('lists what the user saves by a form of the room, and removes it', async (t) => {
    const { anna, bo } = await startPopulatedServer(t)
    expect(textOf((await anna.visitor.get('/saved')).body)).toContain('No saved messages yet')
    await bo.did({ type: 'chat', room: den, data: '*Oolong* at noon' })
    const room = await anna.visitor.get(path)
    expect(room.body).toContain(`action="${path}/saved"`)
    expect(room.body).toContain('href="/saved"')
    const saved = await anna.visitor.post(`${path}/saved`, { ref: '1', on: 'yes' })
    expect(saved).toMatchObject({ status: 303, headers: { location: '/saved' } })
    const { body } = await anna.visitor.get('/saved')
    expect(textOf(body)).toContain('Oolong at noon')
    expect(body).toContain(`href="${path}/1#m1"`)
    expect(textOf((await bo.visitor.get('/saved')).body)).not.toContain('Oolong')
    expect((await anna.visitor.get(path)).body).toMatch(/name="on" value="no" aria-label="Remove from saved"/)
    await anna.visitor.post(`${path}/saved`, { ref: '1', on: 'no' })
    expect(textOf((await anna.visitor.get('/saved')).body)).toContain('No saved messages yet')
  })

  it('says why a message is not saved, and saves nothing of rooms that the user cannot view', async (t) => {
    const { anna, bo, eve, server } = await startPopulatedServer(t)
    await bo.did({ type: 'chat', room: den, data: 'hello' })
    const missing = await anna.visitor.post(`${path}/saved`, { ref: '9', on: 'yes' })
    expect(missing.status).toBe(403)
    expect(missing.body).toContain('role="alert"')
    expect((await anna.visitor.post(`${path}/saved`, { ref: 'x', on: 'yes' })).status).toBe(400)
    expect((await eve.visitor.post(`${path}/saved`, { ref: '1', on: 'yes' })).status).toBe(404)
    expect((await anna.visitor.get(`${path}/saved`)).headers.location).toBe('/saved')
    expect((await fetch(`${server.url}/saved`, { redirect: 'manual' })).status).toBe(302)
  })

  it('names the limit when it is reached', async (t) => {
    const { anna, bo } = await startPopulatedServer(t, { RATE_LIMITS: 'off' })
    const ids = Array.from({ length: limits.maxSaved + 1 }, (_, i) => i + 1)
    for (const id of ids) bo.chat.send({ type: 'chat', room: tea, key: `m${id}`, data: `message ${id}` })
    await bo.chat.settle()
    for (const ref of ids.slice(0, -1)) anna.chat.send({ type: 'save', room: tea, key: `s${ref}`, ref, on: true })
    await anna.chat.settle()
    const refused = await anna.visitor.post(`/rooms/${tea}/saved`, { ref: String(ids.length), on: 'yes' })
    expect(refused.status).toBe(403)
    expect(textOf(refused.body)).toContain('You can save at most 1,000 messages')
    const [, next = ''] = /rel="next" href="([^"]*)"/.exec((await anna.visitor.get('/saved')).body) ?? []
    expect(textOf((await anna.visitor.get(next)).body)).toContain('message 950')
  })
})
