/** Searching on the wire: every way to ask gets the same answer. */
import { describe, expect, it } from 'vitest'
import { limits } from '../../src/shared/protocol/limits.ts'
import { talker } from '../support/clients/socket-io-client.ts'
import { den, tea } from '../support/server/populate.ts'
import { startPopulatedServer } from '../support/server/populated-server.ts'

describe('search command', () => {
  it('finds messages of all rooms that the user can view, the same by every transport', async (t) => {
    const { server, anna, bo, eve } = await startPopulatedServer(t)
    await bo.does({ type: 'chat', room: tea, data: '我们去上海喝茶' })
    await bo.chat.open(den)
    await bo.does({ type: 'chat', room: den, data: 'a secret in 上海' })
    const search = { type: 'search', query: '上海 from:bo' } as const
    // No room is open on this connection.
    const found = await (await anna.another()).chat.ask(search, 'found')
    expect(found).toMatchObject({ query: search.query, more: false })
    expect(found.data.map(({ room, data }) => [room, data])).toEqual([
      [den, 'a secret in 上海'],
      [tea, '我们去上海喝茶'],
    ])
    expect(found.rooms.map(({ room, name }) => [room, name])).toEqual([
      [den, 'The den'],
      [tea, 'tea'],
    ])
    const { query } = search
    const { cookie } = anna.visitor
    const headers = { cookie, 'content-type': 'application/json' }
    const requested = await fetch(`${server.url}/api/search`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query }),
    })
    expect([requested.status, await requested.json()]).toEqual([200, found])
    const socketIo = await talker(t, server, { cookie })
    expect(await socketIo.socket.emitWithAck('search', { query })).toEqual(found)
    expect((await eve.chat.ask(search, 'found')).data.map(({ room }) => room)).toEqual([tea])
    expect((await anna.chat.ask({ ...search, room: tea }, 'found')).data).toHaveLength(1)
  })

  it('goes on at its cursor', async (t) => {
    const { anna, bo } = await startPopulatedServer(t)
    for (const data of ['one cup', 'two cups', 'three cups']) await bo.does({ type: 'chat', room: tea, data })
    const search = { type: 'search', query: 'cup*', limit: 2 } as const
    const first = await anna.chat.ask(search, 'found')
    expect(first).toMatchObject({ data: [{ data: 'three cups' }, { data: 'two cups' }], more: true })
    const { cursor = 0 } = first
    const second = await anna.chat.ask({ ...search, cursor }, 'found')
    expect(second).toMatchObject({ data: [{ data: 'one cup' }], more: false })
    expect(second).not.toHaveProperty('cursor')
  })

  it('says what is wrong with a query, and knows no room that the user cannot view', async (t) => {
    const { anna, eve } = await startPopulatedServer(t)
    for (const [query, code] of [
      ['', 'bad-field'],
      ['has:cake', 'bad-field'],
      ['t*', 'bad-field'],
      ['aa* ab* ac* ad* ae*', 'bad-field'],
      ['a'.repeat(limits.maxQueryCharacters + 1), 'too-long'],
    ] as const) {
      expect(await anna.chat.ask({ type: 'search', query }, 'error')).toMatchObject({ code, command: 'search' })
    }
    const inDen = { type: 'search', query: 'tea', room: den } as const
    expect(await anna.chat.ask(inDen, 'found')).toMatchObject({ room: den, data: [] })
    const refused = await eve.chat.ask(inDen, 'error')
    expect(refused).toEqual(
      await eve.chat.ask({ ...inDen, room: '~none' }, 'error').then((error) => ({ ...error, room: den })),
    )
  })
})
