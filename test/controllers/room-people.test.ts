/** The members of a room and the users of reactions, without JavaScript. */
import { describe, expect, it } from 'vitest'
import { textOf } from '../support/clients/visitor.ts'
import { den } from '../support/server/populate.ts'
import { startPopulatedServer } from '../support/server/populated-server.ts'

const path = `/rooms/${encodeURIComponent(den)}`

describe('page of the members of a room', () => {
  it('lists members who are not online too, and the room leads to it', async (t) => {
    const { anna, cai } = await startPopulatedServer(t)
    await cai.chat.close()
    expect((await anna.visitor.get(path)).body).toContain(`href="${path}/members"`)
    const { body } = await anna.visitor.get(`${path}/members`)
    expect(textOf(body)).toMatch(/Anna.*you.*Moderator/s)
    expect(textOf(body)).toMatch(/Cai.*Moderator/s)
    expect(body).toContain(`href="/people/${cai.user.id}"`)
    const after = await anna.visitor.get(`${path}/members?after=${cai.user.id}`)
    expect(textOf(after.body)).not.toContain('Cai')
  })
  it('does not exist for those who cannot view the room', async (t) => {
    const { eve, server } = await startPopulatedServer(t)
    for (const page of ['members', '1/reactions']) {
      expect((await eve.visitor.get(`${path}/${page}`)).status).toBe(404)
      expect((await fetch(`${server.url}${path}/${page}`, { redirect: 'manual' })).status).toBe(302)
    }
  })
})

describe('page of the reactions to a message', () => {
  it('names who reacted, and the message leads to it', async (t) => {
    const { anna, bo, cai } = await startPopulatedServer(t)
    await bo.did({ type: 'chat', room: den, data: 'Oolong at noon' })
    expect((await anna.visitor.get(path)).body).not.toContain('/reactions"')
    await bo.did({ type: 'react', room: den, ref: 1, data: '🍵', on: true })
    await cai.did({ type: 'react', room: den, ref: 1, data: '🍵', on: true })
    await cai.did({ type: 'react', room: den, ref: 1, data: '👍', on: true })
    await cai.chat.close()
    expect((await anna.visitor.get(path)).body).toContain(`href="${path}/1/reactions"`)
    const text = textOf((await anna.visitor.get(`${path}/1/reactions`)).body)
    expect(text).toMatch(/🍵.*Bo.*Cai.*👍.*Cai|👍.*Cai.*🍵.*Bo.*Cai/s)
    expect((await anna.visitor.get(`${path}/none/reactions`)).status).toBe(404)
  })
})
