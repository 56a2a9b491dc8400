/** What every store must do to find messages. */
import { describe, expect, it } from 'vitest'
import { placesInChunk } from '../../../../src/server/store/search/places.ts'
import type { SearchCursor, Viewer } from '../../../../src/server/store/store.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { parseSearch } from '../../../../src/shared/search/query.ts'
import { viewer } from '../../../support/clients/users.ts'
import { contentOf, fileId, newFile, uploaded } from '../../../support/files.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

/** The ids of the messages that a user finds, with their rooms unless they are in tea. */
export async function found(
  { store }: StoreFixture,
  by: User | Viewer,
  query: string,
  cursor: Partial<SearchCursor> = {},
) {
  const page = await store.search.find('user' in by ? by : viewer(by), parseSearch(query), { limit: 50, ...cursor })
  return page.messages.map(({ room, id }) => (room === tea ? id : `${room} ${id}`))
}

export function searchContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  /** Bo's messages in tea, with the ids 1, 2, 3 … */
  async function withTexts(t: Parameters<Backend['place']>[0], ...texts: string[]): Promise<StoreFixture> {
    const fixture = await open(t)
    for (const data of texts) await fixture.write(fixture.bo, tea, { data })
    return fixture
  }

  describe(`${backend.name} store, search`, () => {
    it('finds all that is said while a room with the same words is removed', async (t) => {
      const fixture = await open(t)
      const { room } = await fixture.create(fixture.ada, { kind: 'public', address: 'gone', name: 'gone' })
      await fixture.write(fixture.ada, room, { data: 'apple pear' })
      const action = await fixture.moderateForId(fixture.ada, { type: 'delete-room', room })
      // The others gather behind the first, and are one transaction.
      await Promise.all([
        fixture.store.search.putOffText('none', 1),
        fixture.store.moderation.continueAction(action, Date.now()),
        ...[1, 2, 3, 4].map((n) => fixture.write(fixture.bo, tea, { data: `apple ${n}` })),
      ])
      await fixture.pieces(action)
      expect(await found(fixture, fixture.bo, 'apple')).toEqual([4, 3, 2, 1])
    })

    it('finds words, phrases and beginnings of words in every script, newest first', async (t) => {
      const fixture = await withTexts(
        t,
        ...['Green tea in Shanghai', '我们去上海喝茶', '海上有雾', 'TEA, green!', 'teapots', '東京でお茶'],
        ...[
          'อยากดื่มน้ำชา',
          'Straße nach München',
          'çay İstanbul',
          'شَايٌ أخضر',
          '녹차 좋아요',
          "O\u2019Brien\\ 'tea's \"x*",
        ],
      )
      const expected: Record<string, (number | string)[]> = {
        tea: [12, 4, 1],
        'green tea': [4, 1],
        '"green tea"': [1],
        'tea*': [12, 5, 4, 1],
        'green te*': [4, 1],
        上海: [2],
        海: [3, 2],
        茶: [6, 2],
        '喝茶 上海': [2],
        お茶: [6],
        น้ำชา: [7],
        strasse: [8],
        istanbul: [9],
        شاي: [10],
        녹차: [11],
        차녹: [],
        "o'brien": [12],
        'tea from:Bo': [12, 4, 1],
        'tea from:bo': [12, 4, 1],
        'tea from:Cai': [],
        'tea from:nobody': [],
        'tea in:tea': [12, 4, 1],
        'tea in:lobby': [],
        'tea in:nowhere': [],
        'tea before:2020-01-01': [],
        'tea after:2020-01-01': [12, 4, 1],
        'tea from:me': [],
      }
      for (const [query, ids] of Object.entries(expected)) {
        expect(await found(fixture, fixture.cai, query), query).toEqual(ids)
      }
      expect(await found(fixture, fixture.bo, 'tea from:me')).toEqual([12, 4, 1])
    })

    it('finds only the current text, which keeps its place', async (t) => {
      const fixture = await withTexts(t, 'green tea', 'black tea')
      const { bo, cai, anna } = fixture
      await fixture.write(bo, tea, { type: 'edit', ref: 1, data: 'green coffee' })
      expect(await found(fixture, cai, 'tea')).toEqual([2])
      expect(await found(fixture, cai, 'green coffee')).toEqual([1])
      await fixture.write(bo, tea, { type: 'edit', ref: 1, data: 'tea again' })
      expect(await found(fixture, cai, 'tea')).toEqual([2, 1])
      expect(await found(fixture, cai, 'green')).toEqual([])
      await fixture.write(bo, tea, { type: 'delete', ref: 2 })
      expect(await found(fixture, cai, 'tea')).toEqual([1])
      const { action = 0 } = await fixture.write(anna, tea, { type: 'delete', ref: 1 })
      expect(await found(fixture, cai, 'tea')).toEqual([])
      await fixture.write(bo, tea, { data: 'newer tea' })
      await fixture.pieces((await fixture.undo(anna, action)).action ?? 0)
      expect(await found(fixture, cai, 'tea')).toEqual([7, 1])
      expect(await found(fixture, cai, 'again from:bo')).toEqual([1])
      await fixture.write(bo, tea, { type: 'edit', ref: 1, data: 'last' })
      expect(await found(fixture, cai, 'again')).toEqual([])
    })

    it('does not find what a purge has removed, and does after its undo', async (t) => {
      const fixture = await withTexts(t, 'one tea', 'two tea', 'three tea')
      const action = await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id })
      await fixture.pieces(action)
      expect(await found(fixture, fixture.cai, 'tea')).toEqual([])
      await fixture.pieces((await fixture.undo(fixture.ada, action)).action ?? 0)
      expect(await found(fixture, fixture.cai, 'tea')).toEqual([3, 2, 1])
    })

    it('finds names of files, links and mentions', async (t) => {
      const fixture = await open(t)
      const { bo, cai, store } = fixture
      const files = [await uploaded(store, 1, bo, tea, { name: 'Oolong menu.pdf' })]
      files.push(await uploaded(store, 2, bo, tea, { name: '价目表.txt' }))
      await fixture.write(bo, tea, { data: 'menu', files })
      await fixture.write(bo, tea, { data: 'see https://example.com/tea' })
      await fixture.write(bo, tea, { data: 'hello @Cai' })
      await fixture.write(cai, tea, { data: 'hello' })
      expect(await found(fixture, cai, 'oolong')).toEqual([1])
      expect(await found(fixture, cai, '"oolong menu"')).toEqual([1])
      expect(await found(fixture, cai, '"menu oolong"')).toEqual([])
      expect(await found(fixture, cai, '价目')).toEqual([1])
      expect(await found(fixture, cai, 'has:file')).toEqual([1])
      expect(await found(fixture, cai, 'has:link')).toEqual([2])
      expect(await found(fixture, cai, 'example.com')).toEqual([2])
      expect(await found(fixture, cai, 'mentions:me')).toEqual([3])
      expect(await found(fixture, bo, 'mentions:me')).toEqual([])
      await fixture.write(bo, tea, { type: 'edit', ref: 1, data: 'menu', files: [files[1] ?? ''] })
      await fixture.write(bo, tea, { type: 'edit', ref: 3, data: 'hello' })
      expect(await found(fixture, cai, 'oolong')).toEqual([])
      expect(await found(fixture, cai, '价目')).toEqual([1])
      expect(await found(fixture, cai, 'mentions:me')).toEqual([])
      await fixture.write(bo, tea, { type: 'edit', ref: 1, data: 'menu', files: [] })
      expect(await found(fixture, cai, 'has:file')).toEqual([])
      // One that was never sent.
      await store.files.create(newFile(3, bo, tea, { name: 'matcha.txt' }))
      await store.files.complete(fileId(3), contentOf(3))
      expect(await found(fixture, bo, 'matcha')).toEqual([])
    })

    it('finds in a page what follows the one before, over all rooms in the order of time', async (t) => {
      const fixture = await open(t)
      const { bo, cai, store } = fixture
      for (let i = 0; i < 90; i++) await fixture.write(bo, i % 3 ? tea : den, { data: `cup ${i}` })
      const texts: string[] = []
      let before: number | undefined
      for (let pages = 0; pages < 9; pages++) {
        const page = await store.search.find(viewer(cai), parseSearch('cup'), { before, limit: 10 })
        texts.push(...page.messages.map(({ data }) => data))
        before = page.next
        expect(page.rooms.map(({ room }) => room).toSorted()).toEqual([tea, den])
        // What is written meanwhile changes no page that follows.
        await fixture.write(bo, tea, { data: 'cup of a later time' })
      }
      expect(texts).toEqual(Array.from({ length: 90 }, (_, i) => `cup ${89 - i}`))
      expect(before).toBeUndefined()
    })

    it('finds nothing in a deleted room, whose words go with its messages', async (t) => {
      const fixture = await open(t)
      const { store, bo, ada } = fixture
      const file = await uploaded(store, 1, bo, tea, { name: 'menu.pdf' })
      await fixture.write(bo, tea, { data: 'oolong', files: [file] })
      const action = await fixture.moderateForId(ada, { type: 'delete-room', room: tea })
      expect(await found(fixture, bo, 'oolong')).toEqual([])
      // Its files do not go before its words.
      expect((await store.files.expire(Date.now())).ids).toEqual([])
      await fixture.pieces(action)
      expect((await store.files.expire(Date.now())).ids).toEqual([file])
      await store.rooms.open(tea, Date.now())
      await fixture.write(bo, tea, { data: 'sencha' })
      expect(await found(fixture, bo, 'oolong')).toEqual([])
      expect(await found(fixture, bo, 'menu')).toEqual([])
      expect(await found(fixture, bo, 'sencha')).toEqual([1])
    })

    it('looks at a part of very many messages for one page, which has a next one', async (t) => {
      const fixture = await open(t)
      const { bo, cai, store } = fixture
      const write = (data: string) => fixture.write(bo, tea, { data })
      await write('green tea')
      await Promise.all(Array.from({ length: 1_100 }, () => write('tea green')))
      const query = parseSearch('"green tea"')
      const first = await store.search.find(viewer(cai), query, { limit: 5 })
      expect(first).toMatchObject({ messages: [], next: expect.any(Number) })
      const second = await store.search.find(viewer(cai), query, { limit: 5, before: first.next })
      expect(second).toMatchObject({ messages: [{ id: 1 }], next: undefined })
    })

    it('looks only among messages of the days that are asked for, however many others match', async (t) => {
      const fixture = await open(t)
      const { bo, cai, store } = fixture
      const write = (at: string, data = 'tea') => fixture.write(bo, tea, { data }, { at: Date.parse(at) })
      await write('2025-12-31T12:00:00Z')
      await Promise.all(Array.from({ length: 1_100 }, () => write('2026-02-01T12:00:00Z')))
      for (const at of ['2026-03-01T00:10:00Z', '2026-02-28T23:50:00Z', '2026-03-01T00:20:00Z']) await write(at)
      const find = async (query: string, before?: number) => {
        const page = await store.search.find(viewer(cai), parseSearch(query), { limit: 1_000, before })
        return { ids: page.messages.map(({ id }) => id), next: page.next }
      }
      // Premise: there is more than is looked at for one page.
      expect(await find('tea')).toEqual({ ids: expect.arrayContaining([1_104]), next: expect.any(Number) })
      expect(await find('tea before:2026-01-01')).toEqual({ ids: [1], next: undefined })
      expect(await find('tea before:2025-12-31')).toEqual({ ids: [], next: undefined })
      // The second one was written by a node whose clock is slow.
      expect(await find('tea after:2026-02-28')).toEqual({ ids: [1_104, 1_102], next: undefined })
      expect(await find('tea after:2026-02-27')).toEqual({ ids: [1_104, 1_103, 1_102], next: undefined })
      expect(await find('tea after:2026-02-27 before:2026-03-01')).toEqual({ ids: [1_103], next: undefined })
      expect(await find('tea after:2026-03-01')).toEqual({ ids: [], next: undefined })
      const first = await find('tea after:2026-01-01 before:2026-02-28')
      // Some beside those days may be looked at, too.
      expect(first.ids.length).toBeGreaterThan(1_000 - placesInChunk)
      const rest = await find('tea after:2026-01-01 before:2026-02-28', first.next)
      expect([...first.ids, ...rest.ids]).toEqual(Array.from({ length: 1_100 }, (_, i) => 1_101 - i))
      expect(rest.next).toBeUndefined()
    })

    it('has nothing to index that was written since there is an index', async (t) => {
      const { store } = await withTexts(t, 'tea')
      expect(await store.search.progress()).toEqual({ total: 0, left: 0, texts: 0 })
      expect(await store.search.indexOlder()).toEqual({ total: 0, left: 0, texts: 0 })
    })
  })
}
