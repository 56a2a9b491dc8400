// @vitest-environment happy-dom
/** The viewer of images: keys, focus, zoom, swipes and how it closes. */
import { beforeEach, describe, expect, it } from 'vitest'
import FileViewer from '../../../src/client/files/FileViewer.vue'
import type { FileInfo } from '../../../src/shared/protocol/types.ts'
import { DialogFixture } from '../support/dialog-fixture.ts'

const image = (n: number, more: Partial<FileInfo> = {}): FileInfo => {
  const about = { name: `cup-${n}.png`, type: 'image/png', bytes: 1_400 * n, width: 40 * n, height: 30 * n }
  return { id: String(n).repeat(32), ...about, ...more }
}
const three = [image(1), image(2, { alt: 'A cup' }), image(3)]

beforeEach(() => document.body.replaceChildren())

function open(files: FileInfo[] = three, index = 0) {
  const { wrapper, button, press } = new DialogFixture().show(FileViewer, { files, index })
  const dialog = wrapper.get('dialog')
  const shown = () => wrapper.get('img').attributes('src') ?? ''
  const number = () => files.findIndex(({ id }) => shown().includes(id)) + 1
  const scale = () => Number(/scale\(([\d.]+)\)/.exec(wrapper.get('img').attributes('style') ?? '')?.[1])
  const offset = () =>
    /translate\((-?[\d.]+)px, (-?[\d.]+)px\)/
      .exec(wrapper.get('img').attributes('style') ?? '')
      ?.slice(1)
      .map(Number)
  const key = (name: string, more = {}) => dialog.trigger('keydown', { key: name, ...more })
  const stage = wrapper.get('.viewer-stage')
  const point = (type: string, x: number, y = 100, pointerId = 1) =>
    stage.trigger(type, { clientX: x, clientY: y, pointerId })
  return { wrapper, dialog, button, press, shown, number, scale, offset, key, stage, point }
}

describe('viewer › keys', () => {
  it('lead from image to image and no further than the ends', async () => {
    const { key, number, wrapper } = open()
    const visited = []
    for (const name of ['ArrowLeft', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'Home', 'End', 'ArrowLeft']) {
      await key(name)
      visited.push(number())
    }
    expect(visited).toEqual([1, 2, 3, 3, 1, 3, 2])
    expect(wrapper.get('[role=status]').text()).toBe('2 of 3')
    expect(wrapper.get('img').attributes('alt')).toBe('A cup')
    expect(wrapper.get('figcaption').text()).toBe('A cup')
    expect(wrapper.get('a[download]').attributes('download')).toBe('cup-2.png')
  })

  it('are left to the browser with a modifier, and where they mean nothing', async () => {
    const { dialog, number } = open()
    const press = (init: KeyboardEventInit) => {
      const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init })
      dialog.element.dispatchEvent(event)
      return event.defaultPrevented
    }
    for (const modifier of ['ctrlKey', 'metaKey', 'altKey'])
      expect(press({ key: 'ArrowRight', [modifier]: true }), modifier).toBe(false)
    expect(press({ key: 'Tab' })).toBe(false)
    expect(press({ key: 'Escape' })).toBe(false)
    expect(number()).toBe(1)
    expect(press({ key: 'ArrowRight' })).toBe(true)
  })

  it('zoom, within bounds, and another image begins in its own size', async () => {
    const { key, scale } = open()
    await key('-')
    expect(scale()).toBe(1)
    await key('+')
    expect(scale()).toBe(1.5)
    await key('=')
    await key('-')
    expect(scale()).toBeCloseTo(1.5)
    for (let i = 0; i < 20; i++) await key('+')
    expect(scale()).toBe(8)
    await key('0')
    expect(scale()).toBe(1)
    await key('+')
    await key('ArrowRight')
    expect(scale()).toBe(1)
  })
})

describe('viewer › focus', () => {
  it('stays on the button that has led to the last image', async () => {
    const { button, number } = open()
    const next = button('Next image')
    next?.element.focus()
    for (let i = 0; i < 4; i++) await next?.trigger('click')
    expect(number()).toBe(3)
    expect(next?.attributes('aria-disabled')).toBe('true')
    expect(document.activeElement).toBe(next?.element)
    const previous = button('Previous image')
    expect(previous?.attributes('aria-disabled')).toBeUndefined()
    await previous?.trigger('click')
    expect(next?.attributes('aria-disabled')).toBeUndefined()
  })

  it('has no steps for one image', () => {
    const { button, wrapper } = open([image(1)])
    expect(button('Next image')).toBeUndefined()
    expect(wrapper.text()).not.toContain('1 of 1')
  })
})

describe('viewer › pointer', () => {
  it('swipes to the next and the one before, and a short move or a cancelled one to neither', async () => {
    const { point, number, offset } = open()
    const swipe = async (from: number, to: number, end = 'pointerup') => {
      await point('pointerdown', from)
      await point('pointermove', to)
      await point(end, to)
      return number()
    }
    expect(await swipe(300, 280)).toBe(1)
    expect(await swipe(300, 200)).toBe(2)
    expect(await swipe(300, 200, 'pointercancel')).toBe(2)
    expect(await swipe(100, 220)).toBe(1)
    expect(offset()).toEqual([0, 0])
  })

  it('zooms by a tap, and moves the zoomed image in place of a swipe', async () => {
    const { point, stage, scale, offset, number } = open()
    await point('pointerdown', 100)
    await point('pointerup', 100)
    await stage.trigger('click', { clientX: 100, clientY: 100 })
    expect(scale()).toBe(2.5)
    await point('pointerdown', 100, 100)
    await point('pointermove', 20, 60)
    await point('pointerup', 20, 60)
    // The browser sends a click after a drag, too.
    await stage.trigger('click', { clientX: 20, clientY: 60 })
    expect([scale(), number(), offset()]).toEqual([2.5, 1, [-80, -40]])
    await point('pointerdown', 50)
    await point('pointerup', 50)
    await stage.trigger('click', { clientX: 50, clientY: 100 })
    expect([scale(), offset()]).toEqual([1, [0, 0]])
  })

  it('zooms with two fingers, which swipe nowhere', async () => {
    const { point, scale, number } = open()
    await point('pointerdown', 100, 100, 1)
    await point('pointerdown', 200, 100, 2)
    await point('pointermove', 400, 100, 2)
    expect(scale()).toBe(3)
    await point('pointermove', 150, 100, 2)
    expect(scale()).toBe(1)
    await point('pointerup', 150, 100, 2)
    await point('pointerup', 300, 100, 1)
    expect(number()).toBe(1)
  })

  it('zooms with the wheel and the button, whose name says what it does', async () => {
    const { stage, scale, press, button } = open()
    await stage.trigger('wheel', { deltaY: -300 })
    expect(scale()).toBeCloseTo(Math.E)
    await stage.trigger('wheel', { deltaY: 3_000 })
    expect(scale()).toBe(1)
    await press('Zoom in')
    expect(scale()).toBe(2.5)
    await press('Zoom out')
    expect([scale(), button('Zoom out')]).toEqual([1, undefined])
  })
})

describe('viewer › closing', () => {
  it('is a modal dialog named after the image, and its button closes it', async () => {
    const { wrapper, dialog, press } = open()
    expect((dialog.element as HTMLDialogElement).open).toBe(true)
    const title = document.getElementById(dialog.attributes('aria-labelledby') ?? '')
    expect(title?.textContent).toBe('cup-1.png')
    expect(wrapper.emitted('close')).toBeUndefined()
    await press('Close')
    expect(wrapper.emitted('close')).toHaveLength(1)
    expect((dialog.element as HTMLDialogElement).open).toBe(false)
  })

  it('is closed when it goes for another dialog', () => {
    const { wrapper, dialog } = open()
    wrapper.unmount()
    expect((dialog.element as HTMLDialogElement).open).toBe(false)
  })
})

it('viewer › says that an image could not be loaded, and of the next one only if it cannot either', async () => {
  const { wrapper, key } = open()
  await wrapper.get('img').trigger('error')
  expect(wrapper.get('[role=alert]').text()).not.toBe('')
  await key('ArrowRight')
  expect(wrapper.find('[role=alert]').exists()).toBe(false)
})
