/** The messages that mention the user or reply to theirs, without JavaScript. */
import { describe, expect, it } from 'vitest'
import { textOf } from '../support/clients/visitor.ts'
import { den, tea } from '../support/server/populate.ts'
import { startPopulatedServer } from '../support/server/populated-server.ts'

describe('page of mentions and replies', () => {
  it('lists them with a link into their rooms, and is linked from each room', async (t) => {
    const { anna, bo } = await startPopulatedServer(t)
    expect(textOf((await anna.visitor.get('/mentions')).body)).toContain('No one has mentioned you')
    await bo.did({ type: 'chat', room: den, data: '@Anna, *Oolong*?' })
    expect((await anna.visitor.get(`/rooms/${encodeURIComponent(den)}`)).body).toContain('href="/mentions"')
    const { body } = await anna.visitor.get('/mentions')
    expect(textOf(body)).toContain('@Anna, Oolong?')
    expect(body).toContain(`href="/rooms/${encodeURIComponent(den)}/1#m1"`)
    expect(textOf((await bo.visitor.get('/mentions')).body)).not.toContain('Oolong')
  })

  it('has pages', async (t) => {
    const { anna, bo } = await startPopulatedServer(t)
    for (let i = 1; i <= 51; i++) await bo.did({ type: 'chat', room: tea, data: `@Anna ${i} times` })
    const { body } = await anna.visitor.get('/mentions')
    expect(textOf(body)).toContain('51 times')
    expect(textOf(body)).not.toContain('@Anna 1 times')
    const [, next = ''] = /rel="next" href="([^"]*)"/.exec(body) ?? []
    expect(textOf((await anna.visitor.get(next)).body)).toContain('@Anna 1 times')
  })
})
