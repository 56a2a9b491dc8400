// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import ReactionsDialog from '../../../src/client/message/ReactionsDialog.vue'
import { Scene } from '../support/dialog-scene.ts'
import { anna, bo, reaction } from '../support/fakes.ts'

describe('reactions dialog (SECURITY-REVIEW 12)', () => {
  const members = [
    { user: anna, serverRole: 'member', role: 'member' },
    { user: bo, serverRole: 'admin', role: 'member' },
  ]

  async function show(scene: Scene) {
    await scene.hears(reaction(4, 1, '🍵', anna))
    await scene.hears(reaction(5, 1, '🍵', bo))
    const shown = scene.show(ReactionsDialog, { message: 1 })
    await scene.answer('members', { type: 'members', room: 'lobby', data: members, more: false })
    return shown
  }

  it('shows everyone who reacted; a moderator removes reactions of users below them', async () => {
    const scene = new Scene({ role: 'moderator' })
    const { wrapper } = await show(scene)
    expect(wrapper.findAll('.person').map((one) => one.text())).toEqual(['Anna', 'Bo'])
    expect(wrapper.findAll('button.alert')).toHaveLength(1)
    expect(wrapper.get('button.alert').text()).toContain('Anna')
    await wrapper.get('button.alert').trigger('click')
    expect(scene.sent('unreact')).toMatchObject({ room: 'lobby', ref: 1, user: anna.id, data: '🍵' })
  })
  it('closes when the last reaction is removed', async () => {
    const scene = new Scene()
    const { wrapper } = await show(scene)
    const takeAway = async (id: number, user: typeof anna) => {
      await scene.hears(reaction(id, 1, '🍵', user, false))
      await wrapper.setProps({ room: scene.room })
    }
    await takeAway(6, anna)
    expect(wrapper.emitted('close')).toBeUndefined()
    await takeAway(7, bo)
    expect(wrapper.emitted('close')).toHaveLength(1)
  })
  it('has no remove buttons for users who do not moderate', async () => {
    const { wrapper } = await show(new Scene())
    expect(wrapper.findAll('.person')).toHaveLength(2)
    expect(wrapper.findAll('button.alert')).toHaveLength(0)
  })
})
