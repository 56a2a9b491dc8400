// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import ReactionsDialog from '../../../src/client/message/ReactionsDialog.vue'
import { DialogFixture } from '../support/dialog-fixture.ts'
import { anna, bo, reaction } from '../support/fakes.ts'

describe('reactions dialog (SECURITY-REVIEW 12)', () => {
  const members = [
    { user: anna, serverRole: 'member', role: 'member' },
    { user: bo, serverRole: 'admin', role: 'member' },
  ]

  async function show(fixture: DialogFixture) {
    await fixture.hears(reaction(4, 1, '🍵', anna))
    await fixture.hears(reaction(5, 1, '🍵', bo))
    const shown = fixture.show(ReactionsDialog, { room: fixture.room, message: 1 })
    await fixture.answer('members', { type: 'members', room: 'lobby', data: members, more: false })
    return shown
  }

  it('shows everyone who reacted; a moderator removes reactions of users below them', async () => {
    const fixture = new DialogFixture({ role: 'moderator' })
    const { wrapper } = await show(fixture)
    expect(wrapper.findAll('.person').map((one) => one.text())).toEqual(['Anna', 'Bo'])
    expect(wrapper.findAll('button.alert')).toHaveLength(1)
    expect(wrapper.get('button.alert').text()).toContain('Anna')
    await wrapper.get('button.alert').trigger('click')
    expect(fixture.sent('unreact')).toMatchObject({ room: 'lobby', ref: 1, user: anna.id, data: '🍵' })
  })
  it('closes when the last reaction is removed', async () => {
    const fixture = new DialogFixture()
    const { wrapper } = await show(fixture)
    const cleanUp = async (id: number, user: typeof anna) => {
      await fixture.hears(reaction(id, 1, '🍵', user, false))
      await wrapper.setProps({ room: fixture.room })
    }
    await cleanUp(6, anna)
    expect(wrapper.emitted('close')).toBeUndefined()
    await cleanUp(7, bo)
    expect(wrapper.emitted('close')).toHaveLength(1)
  })
  it('has no remove buttons for users who do not moderate', async () => {
    const { wrapper } = await show(new DialogFixture())
    expect(wrapper.findAll('.person')).toHaveLength(2)
    expect(wrapper.findAll('button.alert')).toHaveLength(0)
  })
})
