/** What every store must do for the settings of the server. */
import { describe, expect, it } from 'vitest'
import { viewer } from '../../../support/clients/users.ts'
import { StoreFixture } from '../../fixture.ts'
import type { Backend } from '../contract.ts'

const forbidden = { code: 'forbidden' }

export function settingsContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => StoreFixture.open(t, backend)
  const named = (name: string) => ({ type: 'settings', data: { name } }) as const

  describe(`${backend.name} store, server settings`, () => {
    it('are empty at first, and what the owner has set survives a restart', async (t) => {
      const fixture = await open(t)
      expect(await fixture.store.settings.get()).toEqual({})
      expect(await fixture.moderate(fixture.owen, named('茶 "Corner"'))).toMatchObject({
        isNew: true,
        effects: [{ type: 'settings' }],
      })
      await fixture.moderate(fixture.owen, { type: 'settings', data: { welcome: 'Tea\nfor all' } })
      await fixture.reopen()
      expect(await fixture.store.settings.get()).toEqual({ name: '茶 "Corner"', welcome: 'Tea\nfor all' })
    })
    it('are changed by nobody but the owner', async (t) => {
      const fixture = await open(t)
      for (const user of [fixture.ada, fixture.anna, fixture.eve])
        await expect(fixture.moderate(user, named('Mine'))).rejects.toMatchObject(forbidden)
      const unverified = fixture.moderate(fixture.owen, named('Mine'), { isVerified: false })
      await expect(unverified).rejects.toMatchObject(forbidden)
      expect(await fixture.store.settings.get()).toEqual({})
      expect(await fixture.moderate(fixture.owen, named('Mine'))).toMatchObject({ isNew: true })
    })
    it('are recorded with what they were; setting what is set records nothing', async (t) => {
      const fixture = await open(t)
      await fixture.moderate(fixture.owen, named('One'))
      await fixture.moderate(fixture.owen, named('Two'))
      expect(await fixture.moderate(fixture.owen, named('Two'))).toMatchObject({ isNew: false, action: undefined })
      const records = await fixture.store.moderation.auditLog(viewer(fixture.owen), {}, 2)
      expect(records).toMatchObject([
        {
          type: 'settings',
          by: fixture.owen,
          data: { before: { name: 'One' }, after: { name: 'Two' } },
          undoable: true,
        },
        { type: 'settings', data: { before: {}, after: { name: 'One' } } },
      ])
    })
    it('are undone to what they were, unless they were changed since or an admin asks', async (t) => {
      const fixture = await open(t)
      const first = await fixture.moderateForId(fixture.owen, named('One'))
      const second = await fixture.moderateForId(fixture.owen, named('Two'))
      await expect(fixture.undo(fixture.owen, first)).rejects.toMatchObject(forbidden)
      await expect(fixture.undo(fixture.ada, second)).rejects.toMatchObject(forbidden)
      await fixture.undo(fixture.owen, second)
      expect(await fixture.store.settings.get()).toEqual({ name: 'One' })
      await fixture.undo(fixture.owen, first)
      expect(await fixture.store.settings.get()).toEqual({})
    })
    it('decide whether guests may create rooms; accounts always may, and guests may begin conversations', async (t) => {
      const fixture = await open(t)
      await fixture.create(fixture.eve, { address: '~first', name: 'First' })
      await fixture.moderate(fixture.owen, { type: 'settings', data: { guestRooms: false } })
      for (const kind of ['public', 'private'] as const) {
        const created = fixture.create(fixture.eve, { address: `~${kind}`, name: `By Eve, ${kind}`, kind })
        await expect(created).rejects.toMatchObject(forbidden)
      }
      await fixture.create(fixture.ada, { address: '~ada', name: 'By Ada' })
      const conversation = { address: '~two', name: '', kind: 'direct', users: [fixture.bo.id] } as const
      expect(await fixture.create(fixture.eve, conversation)).toMatchObject({ isNew: true })
    })
  })
}
