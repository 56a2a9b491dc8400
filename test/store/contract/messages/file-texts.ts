/** What every store must do to find files by their texts. */
import { describe, expect, it } from 'vitest'
import { textParts } from '../../../../src/server/files/texts/text-parts.ts'
import type { SearchCursor } from '../../../../src/server/store/store.ts'
import { hourMs } from '../../../../src/shared/durations.ts'
import type { User } from '../../../../src/shared/protocol/types.ts'
import { parseSearch } from '../../../../src/shared/search/query.ts'
import { termsOf } from '../../../../src/shared/search/terms.ts'
import { viewer } from '../../../support/clients/users.ts'
import { indexTexts, uploadedText } from '../../../support/file-texts.ts'
import { fileId } from '../../../support/files.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { ban, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

type Cleanup = Parameters<Backend['place']>[0]

async function page({ store }: StoreFixture, by: User, query: string, place: Partial<SearchCursor> = {}) {
  return await store.search.find(viewer(by), parseSearch(query), { limit: 50, ...place })
}

/** The ids of the messages that a user finds, with their rooms unless they are in tea. */
async function found(fixture: StoreFixture, by: User, query: string, place: Partial<SearchCursor> = {}) {
  const { messages } = await page(fixture, by, query, place)
  return messages.map(({ room, id }) => (room === tea ? id : `${room} ${id}`))
}

const long = Array.from({ length: 3_000 }, (_, i) => `row${i} of the list`).join('\n')

/** A store with messages of Bo in tea, with the ids 1, 2, 3 …, each with one file, and the texts of their files. */
class Texts {
  readonly fixture: StoreFixture
  readonly texts = new Map<string, string>()
  #count = 0

  private constructor(fixture: StoreFixture) {
    this.fixture = fixture
  }

  static async open(t: Cleanup, backend: Backend, ...texts: string[]): Promise<Texts> {
    const made = new Texts(await StoreFixture.open(t, backend))
    for (const text of texts) await made.send(text)
    await made.index()
    return made
  }

  async upload(text: string, room = tea): Promise<string> {
    const id = await uploadedText(this.fixture.store, ++this.#count, this.fixture.bo, room)
    this.texts.set(id, text)
    return id
  }

  async send(text: string, data = '', room = tea): Promise<string> {
    const id = await this.upload(text, room)
    await this.fixture.write(this.fixture.bo, room, { data, files: [id] })
    return id
  }

  index(): Promise<void> {
    return indexTexts(this.fixture.store, this.texts)
  }
}

export function fileTextsContract(backend: Backend): void {
  const open = (t: Cleanup, ...texts: string[]) => Texts.open(t, backend, ...texts)

  describe(`${backend.name} store, texts of files`, () => {
    it('finds words, phrases and beginnings of words in them, among messages and in their order', async (t) => {
      const { fixture } = await open(t, 'Green tea in\nShanghai', '我们去上海喝茶', `${long}\nlast words of all`)
      const { bo, cai } = fixture
      await fixture.write(bo, tea, { data: 'tea, green' })
      const expected: Record<string, number[]> = {
        tea: [4, 1],
        '"green tea"': [1],
        '"tea in shanghai"': [1],
        'te*': [4, 1],
        上海: [2],
        海上: [],
        '"row2999 of the list last words"': [3],
        'row17 row2998': [3],
        '"row17 row2998"': [],
        'tea from:bo has:file': [1],
        'tea from:cai': [],
        'tea in:tea': [4, 1],
        'tea in:lobby': [],
        'tea has:link': [],
        'tea mentions:me': [],
        'tea before:2020-01-01': [],
        'tea after:2020-01-01': [4, 1],
        log: [3, 2, 1],
      }
      for (const [query, ids] of Object.entries(expected)) {
        expect(await found(fixture, cai, query), query).toEqual(ids)
      }
      expect(await found(fixture, cai, 'tea', { limit: 1 })).toEqual([4])
      const { next } = await page(fixture, cai, 'tea', { limit: 1 })
      expect(await found(fixture, cai, 'tea', { limit: 1, before: next })).toEqual([1])
    })

    it('finds those of the days that are asked for, and says when there are no more', async (t) => {
      const all = await open(t)
      const { fixture } = all
      for (const day of ['2026-01-10', '2026-02-10', '2026-03-10', '2026-04-10']) {
        const files = [await all.upload('oolong'), await all.upload('more oolong')]
        await fixture.write(fixture.bo, tea, { data: 'tea', files }, { at: Date.parse(day) })
      }
      await all.index()
      const expected: Record<string, number[]> = {
        'oolong before:2026-02-10': [1],
        'oolong before:2026-03-11': [3, 2, 1],
        'oolong after:2026-02-10': [4, 3],
        'oolong after:2026-01-10 before:2026-04-10': [3, 2],
        'oolong after:2026-04-10': [],
      }
      for (const [query, ids] of Object.entries(expected)) {
        expect(await found(fixture, fixture.cai, query), query).toEqual(ids)
        expect((await page(fixture, fixture.cai, query)).next, query).toBeUndefined()
      }
      const { next } = await page(fixture, fixture.cai, 'oolong before:2026-04-10', { limit: 2 })
      const query = 'oolong before:2026-04-10 after:2026-01-01'
      expect(await found(fixture, fixture.cai, query, { limit: 2, before: next })).toEqual([1])
    })

    it('finds phrases wherever a part ends', async (t) => {
      const words = Array.from({ length: 5_000 }, (_, i) => `w${i}`)
      const { fixture } = await open(t, words.join(' '), Array.from({ length: 9_000 }, (_, i) => han(i)).join(''))
      for (let i = 100; i < 4_000; i += 97) {
        const phrase = words.slice(i, i + 40).join(' ')
        expect(await found(fixture, fixture.cai, `"${phrase}"`), phrase).toEqual([1])
      }
      for (let i = 3_990; i < 4_010; i++) expect(await found(fixture, fixture.cai, han(i) + han(i + 1))).toEqual([2])
    })

    it('shows the words around what was found in a file, and none for what a message says itself', async (t) => {
      const all = await open(t, `${long}\nThe Green Tea, of course\n${long}`)
      const { fixture } = all
      await fixture.write(fixture.bo, tea, { data: 'green tea' })
      const { messages, excerpts } = await page(fixture, fixture.cai, '"green tea"')
      expect(messages.map(({ id }) => id)).toEqual([2, 1])
      expect(excerpts).toEqual([{ file: fileId(1), text: expect.stringContaining('The Green Tea, of course') }])
      expect(excerpts[0]?.text.length).toBeLessThanOrEqual(310)
      expect((await page(fixture, fixture.cai, 'has:file')).excerpts).toEqual([])
    })

    it('finds links and mentions of the message around them', async (t) => {
      const all = await open(t)
      const { fixture } = all
      await all.send('oolong', '@Cai https://tea.example')
      await all.index()
      expect(await found(fixture, fixture.cai, 'oolong has:link mentions:me')).toEqual([1])
      expect(await found(fixture, fixture.anna, 'oolong mentions:me')).toEqual([])
      await fixture.write(fixture.bo, tea, { type: 'edit', ref: 1, data: 'nothing' })
      expect(await found(fixture, fixture.cai, 'oolong')).toEqual([1])
      expect(await found(fixture, fixture.cai, 'oolong has:link')).toEqual([])
      expect(await found(fixture, fixture.cai, 'oolong mentions:me')).toEqual([])
    })

    it('does not find what an edit has taken out, nor what is deleted, from then on', async (t) => {
      const all = await open(t, 'oolong', 'oolong', 'oolong')
      const { fixture } = all
      const { bo, cai } = fixture
      expect(await found(fixture, cai, 'oolong')).toEqual([3, 2, 1])
      await fixture.write(bo, tea, { type: 'edit', ref: 1, data: 'without', files: [] })
      expect(await found(fixture, cai, 'oolong')).toEqual([3, 2])
      await fixture.write(bo, tea, { type: 'delete', ref: 2 })
      expect(await found(fixture, cai, 'oolong')).toEqual([3])
      await fixture.store.files.delete([fileId(3)])
      expect(await found(fixture, cai, 'oolong')).toEqual([])
      await all.index()
      expect(await found(fixture, cai, 'oolong')).toEqual([])
      expect(await found(fixture, cai, 'without')).toEqual([1])
    })

    it('finds what a moderator has deleted again after an undo, at once', async (t) => {
      const all = await open(t, 'oolong', 'oolong')
      const { fixture } = all
      const { action = 0 } = await fixture.write(fixture.anna, tea, { type: 'delete', ref: 1 })
      expect(await found(fixture, fixture.cai, 'oolong')).toEqual([2])
      await all.index()
      await fixture.pieces((await fixture.undo(fixture.anna, action)).action ?? 0)
      expect(await found(fixture, fixture.cai, 'oolong')).toEqual([2, 1])
      const purge = await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id })
      await fixture.pieces(purge)
      expect(await found(fixture, fixture.cai, 'oolong')).toEqual([])
      await fixture.pieces((await fixture.undo(fixture.ada, purge)).action ?? 0)
      expect(await found(fixture, fixture.cai, 'oolong')).toEqual([2, 1])
      const again = await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id })
      await fixture.pieces(again)
      // Once no undo can bring it back, it goes.
      await fixture.store.moderation.removeExpired(Date.now(), Date.now() + 1)
      expect((await fixture.store.files.expire(Date.now())).ids).toHaveLength(2)
      expect(await fixture.store.search.nextText(Date.now())).toMatchObject({ type: 'remove' })
      await all.index()
      expect(await fixture.store.search.nextText(Date.now())).toBeUndefined()
    })

    it('finds nothing of a deleted room', async (t) => {
      const all = await open(t, 'oolong')
      const { fixture } = all
      const action = await fixture.moderateForId(fixture.ada, { type: 'delete-room', room: tea })
      expect(await found(fixture, fixture.bo, 'oolong')).toEqual([])
      await fixture.pieces(action)
      const [at, later] = [Date.now(), Date.now() + hourMs]
      const next = await fixture.store.search.nextText(at)
      const place = next?.type === 'remove' ? next.place : 0
      expect(place).toBeGreaterThan(0)
      // Removing it has failed: others come first.
      await fixture.store.search.putOffRemoval(place, later)
      expect(await fixture.store.search.nextText(at)).toBeUndefined()
      expect(await found(fixture, fixture.bo, 'oolong')).toEqual([])
      expect(await fixture.store.search.nextText(later)).toEqual({ type: 'remove', place })
      await fixture.store.search.putOffRemoval(place, 1)
      await all.index()
      await fixture.store.files.expire(Date.now())
      expect(await fixture.store.search.nextText(Date.now())).toBeUndefined()
    })

    it('finds only what the user can view', async (t) => {
      const all = await open(t, 'oolong')
      const { fixture } = all
      const { anna, bo, cai, eve, ada } = fixture
      await all.send('oolong', 'secret', den)
      await all.index()
      expect(await found(fixture, cai, 'oolong')).toEqual([`${den} 1`, 1])
      expect(await found(fixture, eve, 'oolong')).toEqual([1])
      expect(await found(fixture, eve, 'oolong in:~den')).toEqual([])
      await fixture.moderate(anna, { type: 'kick', room: den, user: bo.id })
      expect(await found(fixture, bo, 'oolong')).toEqual([1])
      await fixture.moderate(cai, { type: 'leave', room: den })
      expect(await found(fixture, cai, 'oolong')).toEqual([1])
      await fixture.moderate(cai, { type: 'block', user: bo.id, isOn: true })
      expect(await found(fixture, cai, 'oolong')).toEqual([])
      await fixture.moderate(cai, { type: 'block', user: bo.id, isOn: false })
      expect(await found(fixture, cai, 'oolong')).toEqual([1])
      await fixture.moderate(ada, ban(tea, cai))
      expect(await found(fixture, cai, 'oolong')).toEqual([])
    })

    it('takes texts of at most 1 MB that are sent, the newest first, and goes on where it was', async (t) => {
      const { fixture } = await open(t)
      const { store, bo, cai } = fixture
      await uploadedText(store, 1, bo, tea)
      const files = [await uploadedText(store, 2, bo, tea), await uploadedText(store, 3, bo, tea, 1024 * 1024 + 1)]
      await fixture.write(bo, tea, { data: 'two', files })
      expect(await store.search.progress()).toEqual({ total: 0, left: 0, texts: 1 })
      expect(await store.search.nextText(Date.now())).toMatchObject({ type: 'add', id: fileId(2), parts: 0 })
      const parts = await textParts(`first ${long} last`)
      expect(await store.search.addText(fileId(2), 0, parts.slice(0, 1), false)).toBe(true)
      // Another node, which thinks that it works for all, too.
      expect(await store.search.addText(fileId(2), 0, parts.slice(0, 1), false)).toBe(false)
      expect(await store.search.nextText(Date.now())).toMatchObject({ id: fileId(2), parts: 1 })
      expect([await found(fixture, cai, 'first'), await found(fixture, cai, 'last')]).toEqual([[1], []])
      expect(await store.search.addText(fileId(2), 1, parts.slice(1), true)).toBe(true)
      expect(await store.search.nextText(Date.now())).toBeUndefined()
      expect(await found(fixture, cai, 'first last')).toEqual([1])
      expect(await store.search.addText(fileId(1), 0, parts.slice(0, 1), true)).toBe(false)
      expect(await store.search.progress()).toMatchObject({ texts: 0 })
    })

    it('puts off those that fail: all others come first, and they come again at their time', async (t) => {
      const all = await open(t)
      const { store, cai } = all.fixture
      const now = Date.now()
      await all.send('oolong')
      for (let n = 0; n < 3; n++) await all.send('cannot be read')
      for (let n = 4; n > 1; n--) await store.search.putOffText(fileId(n), now + n)
      expect(await store.search.nextText(now)).toMatchObject({ id: fileId(1) })
      expect(await store.search.progress()).toMatchObject({ texts: 4 })
      await store.search.addText(fileId(1), 0, await textParts('oolong'), true)
      expect(await found(all.fixture, cai, 'oolong')).toEqual([1])
      expect(await store.search.nextText(now + 1)).toBeUndefined()
      expect(await store.search.nextText(now + 10)).toMatchObject({ id: fileId(2) })
      await store.search.addText(fileId(2), 0, await textParts('oolong'), true)
      expect(await found(all.fixture, cai, 'oolong')).toEqual([2, 1])
      await store.search.leaveText(fileId(3))
      await store.search.putOffText(fileId(3), now)
      expect(await store.search.nextText(now + 10)).toMatchObject({ id: fileId(4) })
      expect(await store.search.progress()).toMatchObject({ texts: 1 })
    })

    it('adds nothing of a file that is gone meanwhile', async (t) => {
      const all = await open(t)
      const { fixture } = all
      const { store, bo, cai } = fixture
      await all.send(long)
      const parts = await textParts(long)
      await store.search.addText(fileId(1), 0, parts.slice(0, 1), false)
      await fixture.write(bo, tea, { type: 'delete', ref: 1 })
      expect(await store.search.addText(fileId(1), 1, parts.slice(1), true)).toBe(false)
      await all.index()
      expect(await found(fixture, cai, 'list')).toEqual([])
    })

    it('knows the first 10,000 different words of a text', async (t) => {
      const words = Array.from({ length: 10_500 }, (_, i) => `w${i}`)
      const { fixture } = await open(t, words.join(' '))
      expect(await found(fixture, fixture.cai, 'w9000')).toEqual([1])
      expect(await found(fixture, fixture.cai, 'w10400')).toEqual([])
    })

    it('knows so many words as have 524,288 bytes, and goes on with other texts', async (t) => {
      // Three bytes each, which become eight.
      const ligatures = ['\ufdf2', '\ufdf3', '\ufdf4', '\ufdf5', '\ufdf6', '\ufdf7', '\ufdf8']
      const word = (n: number) => [...n.toString(7).padStart(16, '0')].map((digit) => ligatures[Number(digit)]).join('')
      const words = Array.from({ length: 5_000 }, (_, i) => word(i))
      const { fixture } = await open(t, 'oolong', `${words.join(' ')} a`)
      expect(await found(fixture, fixture.cai, 'oolong')).toEqual([1])
      expect(Buffer.byteLength(termsOf(word(0)).join(' '))).toBe(128)
      expect(await found(fixture, fixture.cai, word(524_288 / 128 - 2))).toEqual([2])
      expect(await found(fixture, fixture.cai, word(524_288 / 128))).toEqual([])
    })

    it('reads at most about 8 million characters of files for a page, and goes on with the next', async (t) => {
      const all = await open(t)
      const { fixture } = all
      const large = `${'tea '.repeat(160_000)} y x`
      const files = async (...texts: string[]) => {
        const ids: string[] = []
        for (const text of texts) ids.push(await all.upload(text))
        await fixture.write(fixture.bo, tea, { data: '', files: ids })
      }
      // Each is read to its end, once for "tea y", once for "y x" and once for "x y".
      await files('tea y x y')
      await files(...Array<string>(10).fill(large))
      // Read from its last file on.
      await files('tea y x y', large)
      await files(large, large, large, large)
      await all.index()
      const query = '"tea y" "y x" "x y"'
      const pages: number[][] = []
      for (let before: number | undefined = Number.MAX_SAFE_INTEGER; before !== undefined; ) {
        const { messages, next } = await page(fixture, fixture.cai, query, { before })
        pages.push(messages.map(({ id }) => id))
        before = next
      }
      expect(pages).toEqual([[], [3], [], [1]])
      // The words that are shown are at the end of each file: eleven are read for a page.
      for (let n = 0; n < 15; n++) await files(`${large} oolong`)
      await all.index()
      const first = await page(fixture, fixture.cai, 'oolong')
      expect(first.messages.length).toBeGreaterThan(10)
      expect(first.messages.length).toBeLessThan(15)
      expect(first.excerpts.length).toBe(first.messages.length)
      const second = await page(fixture, fixture.cai, 'oolong', { before: first.next })
      expect([...first.messages, ...second.messages].map(({ id }) => id)).toEqual(
        Array.from({ length: 15 }, (_, i) => 19 - i),
      )
    })

    it('finds all of many files, page by page, however many are no match', async (t) => {
      const all = await open(t)
      const { fixture } = all
      const { store, bo, cai } = fixture
      for (let i = 0; i < 30; i++) {
        const files: string[] = []
        for (let n = 0; n < 10; n++) files.push(await all.upload(n % 3 ? 'tea green' : 'tea'))
        await fixture.write(bo, tea, { data: i % 2 ? 'tea' : '', files })
      }
      await all.send('green tea')
      await all.index()
      const ids = async (query: string, limit: number) => {
        const seen: number[] = []
        for (let before: number | undefined = Number.MAX_SAFE_INTEGER; before !== undefined; ) {
          const { messages, next } = await store.search.find(viewer(cai), parseSearch(query), { limit, before })
          seen.push(...messages.map(({ id }) => id))
          before = next
        }
        return seen
      }
      const every = Array.from({ length: 31 }, (_, i) => 31 - i)
      expect(await ids('tea', 7)).toEqual(every)
      expect(await ids('green', 7)).toEqual(every)
      expect(await ids('"tea green"', 7)).toEqual(every.slice(1))
      expect(await ids('"green tea"', 7)).toEqual([31])
    })
  })
}

function han(i: number): string {
  return String.fromCodePoint(0x4e00 + i)
}
