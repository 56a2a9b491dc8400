/** What every store must do for files. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type FileContent, type NewFile, unsentFileMs } from '../../../../src/server/store/store.ts'
import { dayMs, forever } from '../../../../src/shared/durations.ts'
import { applyChanges, type Change } from '../../../../src/shared/fold.ts'
import type { Entry, Message, User } from '../../../../src/shared/protocol/types.ts'
import { viewer } from '../../../support/clients/users.ts'
import { contentOf, fileId, newFile, uploaded } from '../../../support/files.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { ban, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const noSuchFile = { code: 'no-such-file' }
const ids = (files: readonly { id: string }[] | undefined) => files?.map(({ id }) => id)

export function filesContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  function upload({ store }: StoreFixture, n: number, user: User, room = tea, more: Partial<NewFile> = {}) {
    return uploaded(store, n, user, room, more)
  }

  /** Bo's message in tea with the files of these numbers, uploaded now. @returns its id */
  async function sent(fixture: StoreFixture, numbers: number[], data = ''): Promise<number> {
    const files = []
    for (const n of numbers) files.push(await upload(fixture, n, fixture.bo))
    return (await fixture.write(fixture.bo, tea, { data, files })).entry.id
  }

  async function messageIn(fixture: StoreFixture, id: number, room = tea): Promise<Message | undefined> {
    return (await fixture.store.log.messages(room, { around: id }, 1)).messages[0]
  }

  /** The message as a client folds it from the log. */
  async function foldedIn({ store }: StoreFixture, id: number): Promise<Message> {
    const log = await store.log.entriesAfter(tea, 0, 1_000)
    const about = log.filter((entry) => 'ref' in entry && entry.ref === id && entry.type !== 'pin')
    const first = log.find((entry) => entry.id === id)
    return applyChanges(first as Message, about as Change[])
  }

  /** Repeats it to its end. */
  async function expire({ store }: StoreFixture, at = Date.now()) {
    const all = { ids: [] as string[], hashes: [] as string[] }
    for (let more = true; more; ) {
      const part = await store.files.expire(at)
      all.ids.push(...part.ids)
      all.hashes.push(...part.hashes)
      more = part.more
    }
    return { ids: all.ids.toSorted(), hashes: all.hashes.toSorted() }
  }

  describe(`${backend.name} store, files`, () => {
    describe('the total', () => {
      it('counts the same bytes once, and what is being uploaded as announced, whatever becomes of them', async (t) => {
        const fixture = await open(t)
        const { store, bo, cai } = fixture
        /** How many bytes there are, asked as a limit does: by the largest file that still fits. */
        const isTotal = async (bytes: number) => {
          const begin = (totalBytes: number) => store.files.create(newFile(99, cai, tea, { bytes: 10, totalBytes }))
          await expect(begin(bytes + 9)).rejects.toMatchObject({ code: 'quota' })
          await begin(bytes + 10)
          await store.files.discard(fileId(99), cai.id)
        }
        await isTotal(0)
        await store.files.create(newFile(1, bo, tea, { bytes: 500 }))
        await isTotal(500)
        await store.files.complete(fileId(1), contentOf(1, { bytes: 400 }))
        await isTotal(400)
        await upload(fixture, 2, bo, tea, { bytes: 400 })
        await store.files.create(newFile(3, bo, tea, { bytes: 700 }))
        await store.files.complete(fileId(3), contentOf(1, { bytes: 400 }))
        await isTotal(600)
        await store.files.discard(fileId(1), bo.id)
        await isTotal(600)
        await store.files.delete([fileId(3)])
        await isTotal(200)
        await store.files.create(newFile(4, bo, tea, { bytes: 50 }))
        await expire(fixture, Date.now() + 2 * unsentFileMs)
        await isTotal(0)
      })
    })

    describe('a key', () => {
      it('names one upload of its user, until that is sent or gone', async (t) => {
        const fixture = await open(t)
        const { store, bo, cai } = fixture
        const begin = (n: number, user = bo, more: Partial<NewFile> = {}) =>
          store.files.create(newFile(n, user, tea, { bytes: 100, key: 'k', dailyBytes: 150, ...more }))
        expect(await begin(1)).toBe(fileId(1))
        // It counts once, and what is said of it is what was said last.
        expect(await begin(2, bo, { alt: 'A cup' })).toBe(fileId(1))
        expect((await store.files.find(fileId(1)))?.file.alt).toBe('A cup')
        expect((await store.files.usage({ userId: bo.id, isVerified: true }, 0)).user).toBe(100)
        expect(await store.files.find(fileId(2))).toBeUndefined()
        // Of others it says nothing, and neither does it of those who only typed the name.
        expect(await begin(3, cai)).toBe(fileId(3))
        expect(await begin(4, bo, { unverified: true })).toBe(fileId(4))
        for (const other of [{ bytes: 99 }, { room: den }])
          await expect(begin(5, bo, other)).rejects.toMatchObject({ code: 'bad-field' })
        await store.files.complete(fileId(1), contentOf(1))
        expect(await begin(5)).toBe(fileId(1))
        await fixture.write(bo, tea, { data: '', files: [fileId(1)] })
        await expect(begin(5)).rejects.toMatchObject({ code: 'bad-field' })
        await store.files.discard(fileId(3), cai.id)
        expect(await begin(6, cai)).toBe(fileId(6))
      })
    })

    describe('all files', () => {
      it('are listed in parts by their ids, in whatever state, and deleted ones are gone for good', async (t) => {
        const fixture = await open(t)
        const { store, bo } = fixture
        await store.files.create(newFile(1, bo, tea))
        const message = await sent(fixture, [2, 3], 'with two')
        const listed = await store.files.every('', 2)
        expect(listed.map(({ file }) => file.id)).toEqual([fileId(1), fileId(2)])
        expect(listed).toEqual([await store.files.find(fileId(1)), await store.files.find(fileId(2))])
        expect((await store.files.every(fileId(2), 2)).map(({ file }) => file.id)).toEqual([fileId(3)])
        expect(await store.files.every(fileId(3), 2)).toEqual([])

        expect(await store.files.delete([fileId(2), fileId(9)])).toBe(1)
        expect(await store.files.find(fileId(2))).toBeUndefined()
        expect(ids((await messageIn(fixture, message))?.files)).toEqual([fileId(3)])
        expect(await store.files.hashesInUse([contentOf(2).hash, contentOf(3).hash])).toEqual([contentOf(3).hash])
        expect(await store.files.delete([])).toBe(0)
      })
    })

    describe('upload', () => {
      it('begins without a hash, and is complete once', async (t) => {
        const fixture = await open(t)
        const { store, bo } = fixture
        await store.files.create(newFile(1, bo, tea, { alt: 'A cup', asFile: true, at: 7 }))
        const begun = {
          room: tea,
          userId: bo.id,
          createdAt: 7,
          asFile: true,
          isVerified: true,
          messageId: undefined,
          removedAt: undefined,
        }
        const info = { id: fileId(1), name: 'tea 1.jpg', bytes: 100, alt: 'A cup' }
        expect(await store.files.find(fileId(1))).toEqual({
          ...begun,
          hash: undefined,
          file: { ...info, type: 'image/jpeg' },
        })
        const { hash, ...content } = contentOf(1, { type: 'image/png', bytes: 90 })
        const complete = { ...begun, hash, file: { ...info, ...content } }
        expect(await store.files.complete(fileId(1), { hash, ...content })).toEqual(complete)
        expect(await store.files.find(fileId(1))).toEqual(complete)
        await expect(store.files.complete(fileId(1), contentOf(2))).rejects.toMatchObject(noSuchFile)
        await expect(store.files.complete(fileId(2), contentOf(2))).rejects.toMatchObject(noSuchFile)
        expect(await store.files.find(fileId(2))).toBeUndefined()
      })
      it('has no size on a screen and no text unless they are known', async (t) => {
        const fixture = await open(t)
        const plain: FileContent = { hash: contentOf(1).hash, type: 'application/pdf', bytes: 100 }
        await fixture.store.files.create(newFile(1, fixture.bo, tea))
        const { file } = await fixture.store.files.complete(fileId(1), plain)
        expect(file).toEqual({ id: fileId(1), name: 'tea 1.jpg', type: 'application/pdf', bytes: 100 })
      })
      it('is refused where the user may not write', async (t) => {
        const fixture = await open(t)
        const { store, anna, bo, eve } = fixture
        const refused = (user: User, room: string, more = {}) =>
          expect(store.files.create(newFile(1, user, room, more))).rejects
        await refused(bo, 'nowhere').toMatchObject({ code: 'no-such-room' })
        await refused(eve, den).toMatchObject({ code: 'no-such-room' })
        await refused(bo, den, { unverified: true }).toMatchObject({ code: 'no-such-room' })
        await refused(eve, tea, { onlyInvited: true }).toMatchObject({ code: 'no-such-room' })
        await fixture.moderate(anna, { type: 'mute', room: tea, user: bo.id, until: forever })
        await refused(bo, tea).toMatchObject({ code: 'muted' })
        await fixture.moderate(anna, { type: 'change', room: den, data: { readOnly: true } })
        await refused(bo, den).toMatchObject({ code: 'read-only' })
        await fixture.moderate(anna, ban(tea, bo))
        await refused(bo, tea).toMatchObject({ code: 'no-such-room' })
        expect(await store.files.find(fileId(1))).toBeUndefined()
      })
      it('does not wait in a slow room', async (t) => {
        const fixture = await open(t)
        await fixture.moderate(fixture.anna, { type: 'change', room: tea, data: { slowMs: 60_000 } })
        await fixture.write(fixture.bo, tea)
        const files = [await upload(fixture, 1, fixture.bo)]
        await expect(fixture.write(fixture.bo, tea, { files })).rejects.toMatchObject({ code: 'too-fast' })
      })
      it('is refused beyond each quota, and states it', async (t) => {
        const fixture = await open(t)
        const { store, bo, cai } = fixture
        const at = 10 * dayMs
        const creates = (n: number, more: Partial<NewFile>) => store.files.create(newFile(n, bo, tea, { at, ...more }))
        await creates(1, { at: at - 2 * dayMs, quotaBytes: 100, dailyBytes: 100, totalBytes: 100 })
        const quota = (n: number) => ({ code: 'quota', message: expect.stringContaining(`${n} bytes`) })
        await expect(creates(2, { quotaBytes: 299 })).rejects.toMatchObject(quota(299))
        await expect(creates(2, { totalBytes: 299 })).rejects.toMatchObject(quota(299))
        await creates(2, { quotaBytes: 300, dailyBytes: 200, totalBytes: 300 })
        await expect(creates(3, { dailyBytes: 499 })).rejects.toMatchObject(quota(499))
        await creates(3, { dailyBytes: 500 })
        expect(await store.files.usage({ userId: bo.id, isVerified: true }, at - dayMs)).toEqual({
          user: 600,
          day: 500,
        })
        // The same bytes are stored once.
        for (const n of [1, 2]) await store.files.complete(fileId(n), contentOf(1))
        expect(await store.files.usage({ userId: bo.id, isVerified: true }, at - dayMs)).toEqual({
          user: 500,
          day: 400,
        })
        await expect(creates(4, { totalBytes: 799 })).rejects.toMatchObject(quota(799))
        await creates(4, { totalBytes: 800 })
        // Who types the name of a guest uses up nothing of theirs.
        const stranger = { userId: bo.id, isVerified: false }
        expect(await store.files.usage(stranger, 0)).toEqual({ user: 0, day: 0 })
        await creates(5, { dailyBytes: 500, unverified: true })
        await expect(creates(6, { dailyBytes: 500, unverified: true })).rejects.toMatchObject(quota(500))
        expect(await store.files.usage(stranger, 0)).toEqual({ user: 500, day: 500 })
        expect(await store.files.usage({ userId: cai.id, isVerified: true }, 0)).toEqual({ user: 0, day: 0 })
      })
      it('is discarded by its user before it is sent, and tells what bytes nobody has any more', async (t) => {
        const fixture = await open(t)
        const { store, bo, cai } = fixture
        for (const n of [1, 2]) await store.files.create(newFile(n, bo, tea))
        await store.files.create(newFile(3, cai, tea))
        for (const n of [1, 3]) await store.files.complete(fileId(n), contentOf(1))
        expect(await store.files.discard(fileId(1), cai.id)).toBeUndefined()
        expect(await store.files.discard(fileId(2), bo.id)).toEqual({ hash: undefined })
        expect(await store.files.discard(fileId(1), bo.id)).toEqual({ hash: undefined })
        expect(await store.files.discard(fileId(1), bo.id)).toBeUndefined()
        expect(await store.files.hashesInUse([contentOf(1).hash, contentOf(2).hash])).toEqual([contentOf(1).hash])
        expect(await store.files.discard(fileId(3), cai.id)).toEqual({ hash: contentOf(1).hash })
        expect(await store.files.hashesInUse([contentOf(1).hash])).toEqual([])
        await sent(fixture, [4])
        expect(await store.files.discard(fileId(4), bo.id)).toBeUndefined()
      })
    })

    describe('message', () => {
      it('has its files in their order, with or without a text', async (t) => {
        const fixture = await open(t)
        const { store, bo } = fixture
        for (const n of [1, 2, 3]) await upload(fixture, n, bo, tea, { alt: n === 2 ? 'Two' : '' })
        const files = [3, 1].map(fileId)
        const { entry } = await fixture.write(bo, tea, { data: '', files })
        const { hash: _, ...one } = contentOf(1)
        const { hash: __, ...three } = contentOf(3)
        const infos = [
          { id: fileId(3), name: 'tea 3.jpg', ...three },
          { id: fileId(1), name: 'tea 1.jpg', ...one },
        ]
        expect(entry).toMatchObject({ type: 'chat', data: '', files: infos })
        const { entry: second } = await fixture.write(bo, tea, { data: 'two', files: [fileId(2)] })
        expect(second).toMatchObject({ data: 'two', files: [{ id: fileId(2), alt: 'Two' }] })
        const { messages } = await store.log.messages(tea, {}, 10)
        expect(messages).toEqual([entry, second])
        expect(await store.log.entriesAfter(tea, 0, 10)).toEqual([entry, second])
        expect(await store.log.newestEntries(tea, 1, 1_000)).toEqual([second])
        expect(await store.files.find(fileId(1))).toMatchObject({ messageId: entry.id, removedAt: undefined })
        await fixture.write(bo, tea)
        expect((await store.log.messages(tea, {}, 1)).messages[0]).not.toHaveProperty('files')
      })
      it('takes only complete files of its sender, of the room, that are not sent yet', async (t) => {
        const fixture = await open(t)
        const { store, bo, cai } = fixture
        const good = await upload(fixture, 1, bo)
        await store.files.create(newFile(2, bo, tea))
        const wrong = [fileId(2), await upload(fixture, 3, cai), await upload(fixture, 4, bo, den), fileId(9)]
        await sent(fixture, [5])
        for (const one of [...wrong, fileId(5)]) {
          await expect(fixture.write(bo, tea, { files: [good, one] }), one).rejects.toMatchObject(noSuchFile)
        }
        expect(await store.files.find(good)).toMatchObject({ messageId: undefined })
        expect((await fixture.write(bo, tea, { files: [good] })).isNew).toBe(true)
        await expect(fixture.write(bo, tea, { data: '' })).rejects.toMatchObject({ code: 'bad-field' })
      })
      it('is the same when it is sent again, and another one with other files', async (t) => {
        const fixture = await open(t)
        const { bo } = fixture
        const [one, two] = [await upload(fixture, 1, bo), await upload(fixture, 2, bo)]
        const key = { key: randomUUID() }
        const { entry } = await fixture.write(bo, tea, { files: [one] }, key)
        expect(await fixture.write(bo, tea, { files: [one] }, key)).toMatchObject({
          isNew: false,
          entry: { id: entry.id },
        })
        for (const files of [[two], [one, two], undefined]) {
          await expect(fixture.write(bo, tea, { files }, key)).rejects.toMatchObject({ code: 'bad-field' })
        }
        await fixture.write(bo, tea, { type: 'delete', ref: entry.id })
        expect(await fixture.write(bo, tea, { files: [one] }, key)).toMatchObject({ isNew: false })
      })
      it('is the same when its files were uploaded again, by the same user with the same bytes', async (t) => {
        const fixture = await open(t)
        const { store, bo, cai } = fixture
        const copy = async (n: number, of: number, user = bo) => {
          await store.files.create(newFile(n, user, tea))
          await store.files.complete(fileId(n), contentOf(of))
          return fileId(n)
        }
        const key = { key: randomUUID() }
        const files = [await upload(fixture, 1, bo), await upload(fixture, 2, bo)]
        const { entry } = await fixture.write(bo, tea, { files }, key)
        const again = [await copy(3, 1), await copy(4, 2)]
        expect(await fixture.write(bo, tea, { files: again }, key)).toMatchObject({
          isNew: false,
          entry: { id: entry.id },
        })
        const others = [again.toReversed(), [await copy(5, 1, cai), again[1] ?? ''], again.slice(0, 1), [fileId(9)]]
        for (const files of others)
          await expect(fixture.write(bo, tea, { files }, key)).rejects.toMatchObject({ code: 'bad-field' })
        await expect(fixture.write(bo, tea, { data: 'another', files: again }, key)).rejects.toMatchObject({
          code: 'bad-field',
        })
      })

      it('gets descriptions with its files, and changes them by an edit', async (t) => {
        const fixture = await open(t)
        const { bo } = fixture
        const [one, two] = [await upload(fixture, 1, bo, tea, { alt: 'Before' }), await upload(fixture, 2, bo)]
        const { entry } = await fixture.write(bo, tea, { files: [one, two], alts: { [one]: 'A cup', [two]: 'A pot' } })
        expect(entry).toMatchObject({ files: [{ alt: 'A cup' }, { alt: 'A pot' }] })
        expect(entry).not.toHaveProperty('alts')
        const edit = { type: 'edit', ref: entry.id, data: '', files: [one, two], alts: { [one]: '' } } as const
        expect((await fixture.write(bo, tea, edit)).entry).toMatchObject({
          files: [{ id: one }, { id: two, alt: 'A pot' }],
        })
        const message = await messageIn(fixture, entry.id)
        expect(message?.files?.map(({ alt }) => alt)).toEqual([undefined, 'A pot'])
        expect(await foldedIn(fixture, entry.id)).toEqual(message)
      })
      it('keeps descriptions that come with a refused message or edit away from the files', async (t) => {
        const fixture = await open(t)
        const { store, bo, cai } = fixture
        const theirs = await upload(fixture, 1, cai, tea, { alt: 'Mine' })
        const own = await sent(fixture, [2])
        const alts = { [theirs]: 'Changed', [fileId(2)]: 'Changed' }
        await expect(fixture.write(bo, tea, { files: [theirs], alts })).rejects.toMatchObject(noSuchFile)
        const edit = { type: 'edit', ref: own, data: '', files: [fileId(2), theirs], alts } as const
        await expect(fixture.write(bo, tea, edit)).rejects.toMatchObject(noSuchFile)
        const byAnother = {
          type: 'edit',
          ref: own,
          data: '',
          files: [fileId(2)],
          alts: { [fileId(2)]: 'Changed' },
        } as const
        await expect(fixture.write(cai, tea, byAnother)).rejects.toMatchObject({ code: 'forbidden' })
        expect((await store.files.find(theirs))?.file.alt).toBe('Mine')
        expect((await store.files.find(fileId(2)))?.file.alt).toBeUndefined()
      })
      it('loses the files that an edit does not name, and keeps all when it names none', async (t) => {
        const fixture = await open(t)
        const { store, bo } = fixture
        const id = await sent(fixture, [1, 2, 3])
        const edit = (data: string, files?: number[]) =>
          fixture.write(bo, tea, { type: 'edit', ref: id, data, ...(files && { files: files.map(fileId) }) })
        const [first] = await store.log.entriesAfter(tea, 0, 1)
        for (const files of [[2, 1], [9], [1, 9]]) await expect(edit('x', files)).rejects.toMatchObject(noSuchFile)
        await expect(edit('', [])).rejects.toMatchObject({ code: 'bad-field' })
        expect((await edit('text')).entry).not.toHaveProperty('files')
        expect(ids((await messageIn(fixture, id))?.files)).toEqual([1, 2, 3].map(fileId))
        const { entry } = await edit('', [1, 3])
        expect(ids((entry as Message).files)).toEqual([1, 3].map(fileId))
        await expect(edit('x', [1, 2])).rejects.toMatchObject(noSuchFile)
        expect(await messageIn(fixture, id)).toMatchObject({ data: '', files: [{ id: fileId(1) }, { id: fileId(3) }] })
        expect(await foldedIn(fixture, id)).toEqual(await messageIn(fixture, id))
        // An entry that is read later has what is left.
        const readAgain = async () => (await store.log.entriesAfter(tea, id - 1, 1))[0]
        expect(ids(((await readAgain()) as Message).files)).toEqual([1, 3].map(fileId))
        const withoutAny = (await edit('only text', [])).entry
        expect(withoutAny).toMatchObject({ data: 'only text', files: [] })
        expect(await readAgain()).not.toHaveProperty('files')
        expect(await messageIn(fixture, id)).toMatchObject({ data: 'only text' })
        expect(await messageIn(fixture, id)).not.toHaveProperty('files')
        expect(await foldedIn(fixture, id)).toEqual(await messageIn(fixture, id))
        // Who has seen the message before folds to the same.
        const heard = [entry, withoutAny] as Change[]
        expect(applyChanges(first as Message, heard)).toEqual(await messageIn(fixture, id))
      })
      it('has its files wherever it is listed', async (t) => {
        const fixture = await open(t)
        const { store, anna } = fixture
        const id = await sent(fixture, [1], '@Anna')
        await store.saved.save(viewer(anna), { room: tea, message: id, on: true, at: 1 })
        await fixture.moderate(anna, { type: 'pin', room: tea, ref: id, on: true })
        const [pinned] = await store.log.pinnedMessages(tea, 1)
        const lists = [await store.log.addressed(viewer(anna)), await store.saved.list(viewer(anna))]
        for (const found of [pinned, ...lists.map(({ messages: [one] }) => one)]) {
          expect(ids(found?.files)).toEqual([fileId(1)])
        }
      })
      it('with files counts for the size of a page', async (t) => {
        const fixture = await open(t)
        const name = 'x'.repeat(200)
        for (let n = 1; n <= 20; n++) {
          await upload(fixture, n, fixture.bo, tea, { name })
          await fixture.write(fixture.bo, tea, { data: '', files: [fileId(n)] })
        }
        const { messages, more } = await fixture.store.log.messages(tea, {}, 20, undefined, 2_000)
        expect([messages.length < 10, more]).toEqual([true, true])
      })
    })

    describe('deletion', () => {
      it('of a message removes its files: by its author, by a moderator and by a purge', async (t) => {
        const fixture = await open(t)
        const { store, bo, cai, ada } = fixture
        const [own, moderated, purged] = [
          await sent(fixture, [1]),
          await sent(fixture, [2]),
          await sent(fixture, [3, 4]),
        ]
        const gone = async (id: number, numbers: number[]) => {
          expect(await messageIn(fixture, id)).toMatchObject({ data: '', deleted: true })
          expect(await messageIn(fixture, id)).not.toHaveProperty('files')
          expect(await foldedIn(fixture, id)).toEqual(await messageIn(fixture, id))
          for (const n of numbers) {
            expect((await store.files.find(fileId(n)))?.removedAt).toBeTypeOf('number')
            expect(await store.files.view(viewer(bo), fileId(n), Date.now())).toBeUndefined()
          }
        }
        await fixture.write(bo, tea, { type: 'delete', ref: own })
        await gone(own, [1])
        await fixture.write(cai, tea, { type: 'delete', ref: moderated })
        await gone(moderated, [2])
        expect(await store.files.view(viewer(bo), fileId(3), Date.now())).toBeDefined()
        await fixture.pieces(await fixture.moderateForId(ada, { type: 'purge', user: bo.id }))
        await gone(purged, [3, 4])
      })
      it('by a moderator is undone with the files that the message had, and not with those that it had lost', async (t) => {
        const fixture = await open(t)
        const { store, bo, cai } = fixture
        const id = await sent(fixture, [1, 2, 3])
        await fixture.write(bo, tea, { type: 'edit', ref: id, data: '', files: [fileId(1), fileId(3)] })
        const before = await messageIn(fixture, id)
        const { action = 0 } = await fixture.write(cai, tea, { type: 'delete', ref: id })
        // What can come back stays.
        expect((await expire(fixture)).ids).toEqual([])
        const { action: undoing = 0 } = await fixture.undo(cai, action)
        const [effect] = (await store.moderation.continueAction(undoing, Date.now())) ?? []
        expect(effect).toMatchObject({
          entry: { type: 'edit', data: '', files: [{ id: fileId(1) }, { id: fileId(3) }] },
        })
        expect(await messageIn(fixture, id)).toEqual({ ...before, edited: expect.any(Number) })
        expect(await foldedIn(fixture, id)).toEqual(await messageIn(fixture, id))
        expect(ids((await store.files.listed(viewer(bo), tea, { limit: 10 }))?.files)).toEqual([fileId(1), fileId(3)])
        expect(await expire(fixture)).toEqual({ ids: [fileId(2)], hashes: [contentOf(2).hash] })
        // The restored message can lose its files again.
        await fixture.write(bo, tea, { type: 'edit', ref: id, data: '', files: [fileId(3)] })
        expect(ids((await messageIn(fixture, id))?.files)).toEqual([fileId(3)])
      })
      it('by a purge is undone with the files', async (t) => {
        const fixture = await open(t)
        const before = [await sent(fixture, [1, 2]), await sent(fixture, [3], 'text')]
        const texts = await Promise.all(before.map((id) => messageIn(fixture, id)))
        const purge = await fixture.moderateForId(fixture.ada, { type: 'purge', user: fixture.bo.id })
        await fixture.pieces(purge)
        const { action: undoing = 0 } = await fixture.undo(fixture.ada, purge)
        await fixture.pieces(undoing)
        for (const [i, id] of before.entries()) {
          expect(await messageIn(fixture, id)).toEqual({ ...texts[i], edited: expect.any(Number) })
          expect(await foldedIn(fixture, id)).toEqual(await messageIn(fixture, id))
        }
      })
      it('of a room takes all its files, also those that were not sent', async (t) => {
        const fixture = await open(t)
        await sent(fixture, [1])
        await upload(fixture, 2, fixture.bo)
        await upload(fixture, 3, fixture.bo, den)
        const action = await fixture.moderateForId(fixture.ada, { type: 'delete-room', room: tea })
        expect(await fixture.store.files.view(viewer(fixture.bo), fileId(1), Date.now())).toBeUndefined()
        await fixture.pieces(action)
        expect(await expire(fixture)).toEqual({
          ids: [fileId(1), fileId(2)],
          hashes: [contentOf(1).hash, contentOf(2).hash].toSorted(),
        })
        expect(await expire(fixture)).toEqual({ ids: [], hashes: [] })
        expect(await fixture.store.files.find(fileId(3))).toBeDefined()
      })
    })

    describe('expiry', () => {
      it('removes what was not sent for a day, complete or not', async (t) => {
        const fixture = await open(t)
        const { store, bo } = fixture
        const at = Date.now()
        await store.files.create(newFile(1, bo, tea, { at: at - unsentFileMs - 1 }))
        await upload(fixture, 2, bo, tea, { at: at - unsentFileMs - 1 })
        await upload(fixture, 3, bo, tea, { at: at - unsentFileMs })
        await sent(fixture, [4])
        expect(await expire(fixture, at)).toEqual({ ids: [fileId(1), fileId(2)], hashes: [contentOf(2).hash] })
        expect((await expire(fixture, at + dayMs)).ids).toEqual([fileId(3)])
        expect((await expire(fixture, at + 365 * dayMs)).ids).toEqual([])
      })
      it('keeps bytes to which another row refers', async (t) => {
        const fixture = await open(t)
        const { store, bo } = fixture
        for (const n of [1, 2]) await store.files.create(newFile(n, bo, tea))
        for (const n of [1, 2]) await store.files.complete(fileId(n), contentOf(1))
        const { entry } = await fixture.write(bo, tea, { data: '', files: [fileId(1), fileId(2)] })
        await fixture.write(bo, tea, { type: 'edit', ref: entry.id, data: '', files: [fileId(2)] })
        expect(await expire(fixture)).toEqual({ ids: [fileId(1)], hashes: [] })
        await fixture.write(bo, tea, { type: 'delete', ref: entry.id })
        expect(await expire(fixture)).toEqual({ ids: [fileId(2)], hashes: [contentOf(1).hash] })
        expect(await messageIn(fixture, entry.id)).toMatchObject({ deleted: true })
      })
      it('removes files of deleted messages when the deletion cannot be undone any more', async (t) => {
        const fixture = await open(t)
        const id = await sent(fixture, [1])
        await fixture.write(fixture.cai, tea, { type: 'delete', ref: id })
        expect((await expire(fixture)).ids).toEqual([])
        await fixture.store.moderation.removeExpired(Date.now(), forever)
        expect((await expire(fixture)).ids).toEqual([fileId(1)])
      })
      it('has parts', async (t) => {
        const fixture = await open(t)
        const numbers = Array.from({ length: 501 }, (_, i) => i + 1)
        await Promise.all(numbers.map((n) => fixture.store.files.create(newFile(n, fixture.bo, tea, { at: 1 }))))
        const first = await fixture.store.files.expire(Date.now())
        expect([first.ids.length, first.more]).toEqual([500, true])
        expect((await expire(fixture)).ids).toHaveLength(1)
      })
    })

    describe('view', () => {
      it('is for users who can view the room now, and of unsent files for their user', async (t) => {
        const fixture = await open(t)
        const { store, anna, bo, eve, cai } = fixture
        await upload(fixture, 1, bo, den)
        await upload(fixture, 2, bo)
        await store.files.create(newFile(3, bo, den))
        const sees = async (user: User, n: number, more = {}) =>
          (await store.files.view(viewer(user, more), fileId(n), Date.now())) !== undefined
        expect(await sees(bo, 1)).toBe(true)
        expect(await sees(bo, 3), 'not complete').toBe(false)
        expect(await sees(cai, 1), 'not sent').toBe(false)
        await fixture.write(bo, den, { data: '', files: [fileId(1)] })
        await fixture.write(bo, tea, { data: '', files: [fileId(2)] })
        expect([await sees(cai, 1), await sees(eve, 1), await sees(bo, 1, { isVerified: false })]).toEqual([
          true,
          false,
          false,
        ])
        expect([await sees(eve, 2), await sees(eve, 2, { canViewPublic: false })]).toEqual([true, false])
        await fixture.moderate(anna, { type: 'kick', room: den, user: cai.id })
        expect(await sees(cai, 1)).toBe(false)
        await fixture.moderate(anna, ban(den, bo))
        expect(await sees(bo, 1), 'their own file').toBe(false)
        expect(await sees(bo, 9)).toBe(false)
      })
    })

    describe('list of a room', () => {
      it('has pages of whole messages, the newest first', async (t) => {
        const fixture = await open(t)
        const { store, bo, eve } = fixture
        const [first, second, third] = [
          await sent(fixture, [1, 2]),
          await sent(fixture, [3, 4, 5]),
          await sent(fixture, [6]),
        ]
        await upload(fixture, 7, bo)
        const page = (limit: number, before?: number) => store.files.listed(viewer(eve), tea, { before, limit })
        const newest = await page(2)
        expect(newest?.more).toBe(true)
        expect(newest?.files.map(({ id, message }) => [id, message])).toEqual([
          [fileId(6), third],
          ...[3, 4, 5].map((n) => [fileId(n), second]),
        ])
        const [entry] = (await store.log.entriesAfter(tea, third - 1, 1)) as Entry[]
        expect(newest?.files[0]).toMatchObject({ user: bo, at: entry?.at, type: 'image/jpeg' })
        const rest = await page(2, second)
        expect([ids(rest?.files), rest?.more]).toEqual([[fileId(1), fileId(2)], false])
        expect(await page(2, first)).toEqual({ files: [], more: false })
        expect(await page(6)).toMatchObject({ files: { length: 6 }, more: false })
        await fixture.write(bo, tea, { type: 'delete', ref: third })
        expect(ids((await page(1))?.files)).toEqual([3, 4, 5].map(fileId))
      })
      it('is for users who can view the room', async (t) => {
        const fixture = await open(t)
        await upload(fixture, 1, fixture.bo, den)
        await fixture.write(fixture.bo, den, { data: '', files: [fileId(1)] })
        const listed = (user: User, room: string) => fixture.store.files.listed(viewer(user), room, { limit: 10 })
        expect((await listed(fixture.cai, den))?.files).toHaveLength(1)
        expect(await listed(fixture.eve, den)).toBeUndefined()
        expect(await listed(fixture.eve, 'nowhere')).toBeUndefined()
      })
    })
  })
}
