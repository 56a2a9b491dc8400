/** What every store must do for pictures of users and rooms. */
import { describe, expect, it } from 'vitest'
import type { Picture } from '../../../../src/server/store/store.ts'
import { viewer } from '../../../support/clients/users.ts'
import { contentOf, uploaded } from '../../../support/files.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const pictureOf = (n: number): Picture => ({ hash: contentOf(n).hash, bytes: 100 * n })
const nameOf = ({ hash }: Picture) => hash.slice(0, 8)

export function picturesContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  describe(`${backend.name} store, pictures`, () => {
    it('of a user are in everything that names the user, and are removed', async (t) => {
      const fixture = await open(t)
      const { store, bo, cai } = fixture
      await fixture.write(bo, tea, { data: 'hello' })
      await store.pictures.setOfUser(bo.id, pictureOf(1))
      expect(await store.pictures.ofUser(bo.id)).toEqual(pictureOf(1))
      expect(await store.pictures.ofUser(cai.id)).toBeUndefined()
      const user = { ...bo, picture: nameOf(pictureOf(1)) }
      expect((await store.log.messages(tea, {}, 1)).messages[0]?.user).toEqual(user)
      expect((await store.accounts.get(bo.id))?.user).toEqual(user)
      const members = await store.rooms.members(tea, { after: 0, limit: 9, isWithBanned: false })
      expect(members.find(({ user: { id } }) => id === bo.id)?.user).toEqual(user)
      await store.pictures.setOfUser(bo.id, undefined)
      expect(await store.pictures.ofUser(bo.id)).toBeUndefined()
      expect((await store.accounts.get(bo.id))?.user).toEqual(bo)
    })

    it('are listed with whose they are', async (t) => {
      const fixture = await open(t)
      const { store, bo, ada } = fixture
      expect(await store.pictures.every()).toEqual([])
      await store.pictures.setOfUser(bo.id, pictureOf(1))
      await fixture.moderate(ada, { type: 'picture', room: tea, picture: pictureOf(2) })
      expect(await store.pictures.every()).toEqual([
        { type: 'user', of: bo.name, ...pictureOf(1) },
        { type: 'room', of: tea, ...pictureOf(2) },
      ])
    })

    it('of a user are removed by an admin, which is recorded, and by nobody who stands no higher', async (t) => {
      const fixture = await open(t)
      const { store, ada, bo, cai, owen } = fixture
      for (const user of [bo, owen]) await store.pictures.setOfUser(user.id, pictureOf(1))
      await expect(fixture.moderate(cai, { type: 'picture', user: bo.id })).rejects.toMatchObject({ code: 'forbidden' })
      await expect(fixture.moderate(ada, { type: 'picture', user: owen.id })).rejects.toMatchObject({
        code: 'forbidden',
      })
      const { effects } = await fixture.moderate(ada, { type: 'picture', user: bo.id })
      expect(effects).toEqual([{ type: 'picture', user: bo.id }])
      expect(await store.pictures.ofUser(bo.id)).toBeUndefined()
      expect(await store.pictures.ofUser(owen.id)).toEqual(pictureOf(1))
      expect((await fixture.actions())[0]).toMatchObject({ type: 'picture', by: ada, user: bo, undoable: false })
      const again = await fixture.moderate(ada, { type: 'picture', user: bo.id })
      expect(again).toEqual({ action: undefined, isNew: false, effects: [] })
    })

    it('of a room are set and removed by those who may change it, and everybody there is told', async (t) => {
      const fixture = await open(t)
      const { store, anna, bo, eve } = fixture
      const picture = pictureOf(1)
      await expect(fixture.moderate(bo, { type: 'picture', room: den, picture })).rejects.toMatchObject({
        code: 'forbidden',
      })
      await expect(fixture.moderate(eve, { type: 'picture', room: den, picture })).rejects.toMatchObject({
        code: 'no-such-room',
      })
      const { effects } = await fixture.moderate(anna, { type: 'picture', room: den, picture })
      expect(effects).toMatchObject([
        { type: 'entry', entry: { type: 'room', user: anna, data: { picture: nameOf(picture) } } },
      ])
      expect(await store.rooms.summary(viewer(bo), den)).toMatchObject({ picture: nameOf(picture) })
      expect(await store.pictures.ofRoom(viewer(bo), den, Date.now())).toEqual(picture)
      for (const outsider of [viewer(eve), viewer(bo, { isVerified: false })])
        expect(await store.pictures.ofRoom(outsider, den, Date.now())).toBeUndefined()
      expect((await fixture.moderate(anna, { type: 'picture', room: den, picture })).isNew).toBe(false)
      const removed = await fixture.moderate(anna, { type: 'picture', room: den })
      expect(removed.effects).toMatchObject([{ type: 'entry', entry: { type: 'room', data: { picture: '' } } }])
      expect(await store.rooms.summary(viewer(bo), den)).not.toHaveProperty('picture')
      // Of a room that the reader of the log cannot view.
      expect((await fixture.actions()).slice(0, 2)).toMatchObject([{ type: 'hidden' }, { type: 'hidden' }])
      await fixture.moderate(anna, { type: 'picture', room: tea, picture })
      expect((await fixture.actions())[0]).toMatchObject({ type: 'picture', room: tea, data: {}, undoable: false })
    })

    it('hold their bytes, as files do, until nothing refers to them', async (t) => {
      const fixture = await open(t)
      const { store, ada, anna, bo } = fixture
      await uploaded(store, 1, bo, tea)
      await store.pictures.setOfUser(bo.id, pictureOf(2))
      await fixture.moderate(anna, { type: 'picture', room: tea, picture: pictureOf(3) })
      const used = async () => (await store.files.hashesInUse([1, 2, 3, 4].map((n) => contentOf(n).hash))).toSorted()
      const hashes = (...numbers: number[]) => numbers.map((n) => contentOf(n).hash).toSorted()
      expect(await used()).toEqual(hashes(1, 2, 3))
      await store.pictures.setOfUser(bo.id, undefined)
      expect(await used()).toEqual(hashes(1, 3))
      await fixture.moderate(ada, { type: 'delete-room', room: tea })
      expect(await used()).toEqual(hashes(1))
    })
  })
}
