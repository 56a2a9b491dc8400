/** Searching on the wire: every way to ask gets the same answer. */
import { describe, expect, it } from 'vitest'
import { createHttp } from '../../clients/js/src/http-transport.ts'
import { limits } from '../../src/shared/protocol/limits.ts'
import { talker } from '../support/clients/socket-io-client.ts'
import { den, tea } from '../support/server/populate.ts'
import { type ConnectedUser, startPopulatedServer } from '../support/server/populated-server.ts'
import type { Cleanup, TestServer } from '../support/server/server.ts'

type Frame = Record<string, unknown> & { type: string }
type Search = (query: string, cursor?: number) => Promise<unknown>

/** Over a connection of a page that has no WebSocket: commands are requests, beside an event stream. */
async function searchOverStream(t: Cleanup, { url }: TestServer, cookie: string): Promise<Search> {
  const opened = Promise.withResolvers<void>()
  let answer = Promise.withResolvers<Frame>()
  const transport = createHttp({ origin: url, headers: { cookie }, isSocketBetter: false })({
    opened: opened.resolve,
    received(data) {
      const frame: Frame = JSON.parse(String(data))
      if (frame.type === 'found' || frame.type === 'error') answer.resolve(frame)
    },
    closed: (code) => answer.reject(new Error(`Closed with ${code}.`)),
  })
  t.onTestFinished(() => transport.drop())
  await opened.promise
  return async (query, cursor) => {
    answer = Promise.withResolvers()
    transport.send(JSON.stringify({ type: 'search', query, cursor }))
    return await answer.promise
  }
}

/** What the page without a script shows of an answer: links to the messages, in order, and where it goes on. */
async function shownOnPage({ visitor }: ConnectedUser, query: string, cursor?: number) {
  const path = `/search?q=${encodeURIComponent(query)}${cursor === undefined ? '' : `&cursor=${cursor}`}`
  const { body, status } = await visitor.get(path)
  const [, next] = /rel="next" href="[^"]*cursor=(\d+)"/.exec(body) ?? []
  const links = [...body.matchAll(/href="\/rooms\/([^"/]*)\/(\d+)#m\d+"/g)]
  return {
    messages: links.map(([, room = '', id]) => [decodeURIComponent(room), Number(id)]),
    cursor: next === undefined ? undefined : Number(next),
    isRefused: status === 400,
  }
}

function shownOf(answer: unknown): Awaited<ReturnType<typeof shownOnPage>> {
  const { type, data = [], cursor } = answer as { type: string; data?: { room: string; id: number }[]; cursor?: number }
  return { messages: data.map(({ room, id }) => [room, id]), cursor, isRefused: type === 'error' }
}

/** Each way by which a user can ask, and all of them as one that expects the same of each. */
async function searchEverywhere(t: Cleanup, server: TestServer, user: ConnectedUser): Promise<Search> {
  const { cookie } = user.visitor
  const headers = { cookie, 'content-type': 'application/json' }
  const { socket } = await talker(t, server, { cookie })
  const overStream = await searchOverStream(t, server, cookie)
  return async (query, cursor) => {
    const fields = { query, ...(cursor !== undefined && { cursor }) }
    user.chat.send({ type: 'search', ...fields })
    const answer = await user.chat.nextWhere(({ type }) => type === 'found' || type === 'error')
    const request = { method: 'POST', headers, body: JSON.stringify(fields) }
    expect(await (await fetch(`${server.url}/api/search`, request)).json(), query).toEqual(answer)
    expect(await socket.emitWithAck('search', fields), query).toEqual(answer)
    expect(await overStream(query, cursor), query).toEqual(answer)
    expect(await shownOnPage(user, query, cursor), query).toEqual(shownOf(answer))
    return answer
  }
}

describe('search command', () => {
  it('finds messages of all rooms that the user can view, in the order of time', async (t) => {
    const { anna, bo, eve } = await startPopulatedServer(t)
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
    expect((await eve.chat.ask(search, 'found')).data.map(({ room }) => room)).toEqual([tea])
    expect((await anna.chat.ask({ ...search, room: tea }, 'found')).data).toHaveLength(1)
  })

  it('answers the same by every transport and on the page without a script', async (t) => {
    const { server, anna, bo, eve } = await startPopulatedServer(t)
    await bo.chat.open(den)
    await bo.does({ type: 'chat', room: den, data: 'a secret of 上海 for @Anna: https://tea.example' })
    for (let i = 0; i < 60; i++) await bo.does({ type: 'chat', room: tea, data: `上海 green tea, cup ${i}` })
    await anna.does({ type: 'chat', room: tea, data: 'tea, green' })
    const queries = {
      '上海 from:bo': { anna: 50, eve: 50 },
      '"green tea" cup': { anna: 50, eve: 50 },
      'cu* 59': { anna: 1, eve: 1 },
      secret: { anna: 1, eve: 0 },
      'has:link in:~den': { anna: 1, eve: 0 },
      'mentions:me': { anna: 1, eve: 0 },
      'from:me': { anna: 1, eve: 0 },
      'tea after:2020-01-01 from:anna': { anna: 1, eve: 1 },
      'tea before:2020-01-01': { anna: 0, eve: 0 },
      'has:cake': { anna: 0, eve: 0 },
    }
    for (const user of [anna, eve]) {
      const search = await searchEverywhere(t, server, user)
      for (const [query, counts] of Object.entries(queries)) {
        const { messages, cursor, isRefused } = shownOf(await search(query))
        expect(messages, query).toHaveLength(counts[user === anna ? 'anna' : 'eve'])
        expect([cursor !== undefined, isRefused], query).toEqual([messages.length === 50, query === 'has:cake'])
      }
      const { cursor } = shownOf(await search('上海'))
      const rest = shownOf(await search('上海', cursor))
      expect(rest).toMatchObject({ messages: { length: user === anna ? 11 : 10 }, cursor: undefined })
    }
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
