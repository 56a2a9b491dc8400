// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import RoomFilesDialog from '../../../src/client/files/RoomFilesDialog.vue'
import type { ListedFile } from '../../../src/shared/protocol/types.ts'
import { DialogFixture } from '../support/dialog-fixture.ts'

const bo = { id: 9, name: 'Bo', image: 1 }
const image = (n: number, more: Partial<ListedFile> = {}): ListedFile => {
  const about = { name: `cup-${n}.png`, type: 'image/png', bytes: 7, width: 40, height: 30, color: '#7a5c3e' }
  return { id: String(n).repeat(32), ...about, message: n, user: bo, at: 1, ...more }
}
const text = (n: number): ListedFile => {
  return { id: String(n).repeat(32), name: `list-${n}.txt`, type: 'text/plain', bytes: 7, message: n, user: bo, at: 1 }
}

async function showFiles(files: ListedFile[], more = false) {
  const fixture = new DialogFixture({ room: 'tea' })
  const { wrapper } = fixture.show(RoomFilesDialog, { room: fixture.room })
  await fixture.hears({ type: 'files', room: 'tea', files, more })
  return { fixture, wrapper }
}

describe('files of a room', () => {
  it('are images in a grid and the others in a list, each with who sent it', async () => {
    const { wrapper } = await showFiles([image(3, { alt: 'A cup' }), text(2), image(1)])
    expect(wrapper.findAll('.room-image').map((link) => link.text())).toEqual([
      'Open image: A cup',
      expect.stringMatching(/cup-1\.png/),
    ])
    expect(wrapper.findAll('.file-tile-name').map((name) => name.text())).toEqual(['list-2.txt'])
    expect(wrapper.get('.room-file-about').text()).toContain('Bo')
    expect(wrapper.find('.dialog-more').exists()).toBe(false)
  })

  it('come page by page, each from the last message on', async () => {
    const { fixture, wrapper } = await showFiles([text(9), text(8)], true)
    expect(fixture.sent('files')).not.toHaveProperty('before')
    await wrapper.get('.dialog-more').trigger('click')
    expect(fixture.sent('files')).toMatchObject({ room: 'tea', before: 8 })
    await fixture.hears({ type: 'files', room: 'tea', before: 8, files: [text(7)], more: false })
    expect(wrapper.findAll('.file-tile-name').map((name) => name.text())).toEqual([
      'list-9.txt',
      'list-8.txt',
      'list-7.txt',
    ])
    expect(wrapper.find('.dialog-more').exists()).toBe(false)
  })

  it('say that there are none, and offer to try again after a fault', async () => {
    const { wrapper } = await showFiles([])
    expect(wrapper.text()).toContain('No files yet')
    const fixture = new DialogFixture({ room: 'tea' })
    const { wrapper: failed } = fixture.show(RoomFilesDialog, { room: fixture.room })
    await fixture.refuse('files', 'too-fast')
    expect(failed.find('[role=alert]').exists()).toBe(true)
    await failed.get('.dialog-more').trigger('click')
    await fixture.hears({ type: 'files', room: 'tea', files: [text(1)], more: false })
    expect(failed.find('.file-tile').exists()).toBe(true)
  })

  it('lead to their messages, from the list and from the viewer, which stays over the list', async () => {
    const { fixture, wrapper } = await showFiles([image(3), text(2)])
    await wrapper.get('.room-image').trigger('click')
    expect(wrapper.find('.viewer').exists()).toBe(true)
    expect(wrapper.find('.room-images').exists()).toBe(true)
    await wrapper.get('.viewer-bar a').trigger('click')
    expect(fixture.page.go).toHaveBeenLastCalledWith('tea', 3)
    await wrapper.get('.room-file-about a').trigger('click')
    expect(fixture.page.go).toHaveBeenLastCalledWith('tea', 2)
  })

  it('of a blocked user are not shown', async () => {
    const fixture = new DialogFixture({ room: 'tea' })
    await fixture.hears({ type: 'blocks', data: [bo] })
    const { wrapper } = fixture.show(RoomFilesDialog, { room: fixture.room })
    await fixture.hears({
      type: 'files',
      room: 'tea',
      files: [text(2), { ...text(1), user: { id: 8, name: 'Cai', image: 2 } }],
      more: false,
    })
    expect(wrapper.findAll('.file-tile-name').map((name) => name.text())).toEqual(['list-1.txt'])
  })
})
