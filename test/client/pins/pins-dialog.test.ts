// @vitest-environment happy-dom
import { expect, it } from 'vitest'
import PinsDialog from '../../../src/client/pins/PinsDialog.vue'
import { DialogFixture } from '../support/dialog-fixture.ts'
import { entry, opened } from '../support/fakes.ts'

it('pins dialog › asks for the messages only once the room is open, which makes the page forget those that it had', async () => {
  const fixture = new DialogFixture({}, { opened: opened({ messages: [entry(9)], pins: [1, 2], last: 9 }) })
  const { wrapper } = fixture.show(PinsDialog, { room: { ...fixture.room, need: {} } })
  const texts = () => wrapper.findAll('.listed-message-text').map((one) => one.text())
  expect(fixture.sent('pins')).toBeUndefined()
  await wrapper.setProps({ room: { ...fixture.room, need: undefined } })
  await fixture.answer('pins', { type: 'pins', room: 'lobby', data: [entry(1, 'one'), entry(2, 'two')] })
  await wrapper.setProps({ room: { ...fixture.room, need: undefined } })
  expect(texts()).toEqual(['two', 'one'])

  const asked = () => fixture.world.line.frames.filter(({ type }) => type === 'pins').length
  expect(asked()).toBe(1)
  await wrapper.setProps({ room: { ...fixture.room, pinned: [], need: {} } })
  expect(asked()).toBe(1)
  await wrapper.setProps({ room: { ...fixture.room, pinned: [], need: undefined } })
  expect(asked()).toBe(2)
})
