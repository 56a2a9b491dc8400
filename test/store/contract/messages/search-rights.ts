/** What every store must do so that nobody finds what they may not read. */
import { describe, expect, it } from 'vitest'
import { forever } from '../../../../src/shared/durations.ts'
import { parseSearch } from '../../../../src/shared/search/query.ts'
import { viewer } from '../../../support/clients/users.ts'
import { den, tea } from '../../../support/server/populate.ts'
import { ban, StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'
import { found } from './search.ts'

export function searchRightsContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)

  describe(`${backend.name} store, rights in searches`, () => {
    it('finds nothing in rooms that the user cannot view, whatever they ask', async (t) => {
      const fixture = await open(t)
      const { anna, bo, cai, eve, ada } = fixture
      await fixture.write(bo, den, { data: 'secret tea' })
      await fixture.write(bo, tea, { data: 'public tea' })
      expect(await found(fixture, bo, 'tea')).toEqual([1, `${den} 1`])
      expect(await found(fixture, bo, 'tea in:"The den"')).toEqual([`${den} 1`])
      expect(await found(fixture, bo, 'tea', { room: den })).toEqual([`${den} 1`])
      const unverified = viewer(bo, { isVerified: false })
      const onlyInvited = viewer(eve, { canViewPublic: false })
      for (const by of [viewer(eve), viewer(ada), unverified]) {
        expect(await found(fixture, by, 'tea')).toEqual([1])
        for (const query of [
          'secret',
          'tea in:~den',
          'tea in:"The den"',
          'secret from:bo',
          's* from:bo'.replace('s*', 'se*'),
        ]) {
          expect(await found(fixture, by, query), query).toEqual([])
        }
        expect(await found(fixture, by, 'tea', { room: den })).toEqual([])
      }
      expect(await found(fixture, onlyInvited, 'tea')).toEqual([])
      await fixture.moderate(anna, { type: 'kick', room: den, user: bo.id })
      expect(await found(fixture, bo, 'tea')).toEqual([1])
      await fixture.moderate(cai, { type: 'leave', room: den })
      expect(await found(fixture, cai, 'secret')).toEqual([])
      await fixture.moderate(ada, ban(tea, cai))
      expect(await found(fixture, cai, 'tea')).toEqual([])
      await fixture.moderate(ada, { ...ban(tea, cai), until: 0 })
      expect(await found(fixture, cai, 'tea')).toEqual([1])
      await fixture.moderate(ada, ban(undefined, cai, forever))
      expect(await found(fixture, cai, 'tea')).toEqual([])
    })

    it('finds nothing in rooms that a user of more than two hundred rooms cannot view', async (t) => {
      const fixture = await open(t)
      const { anna, bo, eve, store } = fixture
      await fixture.write(bo, tea, { data: 'public tea' })
      await fixture.write(bo, den, { data: 'secret tea' })
      const { room: other } = await fixture.create(anna, { kind: 'private', address: '~other', name: 'other' })
      await fixture.write(anna, other, { data: 'other secret tea' })
      await fixture.create(anna, { kind: 'public', address: 'banning' })
      await fixture.write(anna, 'banning', { data: 'tea of those who are not banned' })
      await store.rooms.join(eve.id, 'banning')
      await fixture.moderate(anna, ban('banning', eve))
      for (let i = 0; i < 201; i++) await store.rooms.open(`room ${i}`, 1)
      await fixture.write(anna, 'room 200', { data: 'more tea' })
      const hidden = [`${other} 1`, `${den} 1`]
      // Premise: those who may find it do.
      expect(await found(fixture, anna, 'tea')).toEqual(['room 200 1', 'banning 1', ...hidden, 1])
      for (const by of [viewer(eve), viewer(fixture.ada), viewer(bo, { isVerified: false })]) {
        const own = by.user.id === eve.id ? [] : ['banning 1']
        expect(await found(fixture, by, 'tea')).toEqual(['room 200 1', ...own, 1])
        expect(await found(fixture, by, 'te*')).toEqual(['room 200 1', ...own, 1])
        for (const query of ['secret', '"secret tea"', 'se* from:bo', `tea in:${den}`, 'tea in:other'])
          expect(await found(fixture, by, query), query).toEqual([])
      }
      // However many there are of them.
      await Promise.all(Array.from({ length: 1_100 }, () => fixture.write(bo, den, { data: 'secret tea' })))
      const pages: string[] = []
      for (let before: number | undefined, i = 0; i === 0 || before !== undefined; i++) {
        const page = await store.search.find(viewer(eve), parseSearch('tea'), { before, limit: 50 })
        pages.push(...page.messages.map(({ room, id }) => `${room} ${id}`))
        before = page.next
      }
      expect(pages).toEqual(['room 200 1', `${tea} 1`])
    })

    it('does not look into a room that the user names and cannot view', async (t) => {
      const fixture = await open(t)
      const { ada, bo, cai, eve, store } = fixture
      await Promise.all(Array.from({ length: 1_100 }, (_, i) => fixture.write(bo, tea, { data: `tea ${i}` })))
      await fixture.moderate(ada, ban(tea, cai))
      const onlyInvited = viewer(eve, { canViewPublic: false })
      expect(await found(fixture, eve, 'tea in:tea', { limit: 1 })).toEqual([1_100])
      for (const by of [viewer(cai), onlyInvited]) {
        const page = await store.search.find(by, parseSearch('tea in:tea'), { limit: 50 })
        expect([page.messages, page.next]).toEqual([[], undefined])
      }
    })

    it('finds nothing by users whom the user has blocked', async (t) => {
      const fixture = await open(t)
      const { bo, cai } = fixture
      await fixture.write(bo, tea, { data: 'tea' })
      await fixture.moderate(cai, { type: 'block', user: bo.id, isOn: true })
      expect(await found(fixture, cai, 'tea')).toEqual([])
      expect(await found(fixture, cai, 'tea from:bo')).toEqual([])
      await fixture.moderate(cai, { type: 'block', user: bo.id, isOn: false })
      expect(await found(fixture, cai, 'tea')).toEqual([1])
    })
  })
}
