// @vitest-environment happy-dom
/** The square of a picture: chosen with keys, pointer and slider, and sent in place of the whole. */
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { offerCrop } from '../../../src/client/pages/crop.ts'

type Square = [left: number, top: number, side: number]

/** What is drawn: the part of the image that fills the square. */
const drawn: Square[] = []
const sides = { width: 400, height: 300 }

beforeEach(() => {
  drawn.length = 0
  Object.assign(sides, { width: 400, height: 300 })
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({
    clearRect: () => {},
    drawImage: (_: unknown, ...[left, top, width, height]: number[]) => {
      expect(width).toBe(height)
      drawn.push([left, top, width] as Square)
    },
  } as unknown as null)
  vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation((take) =>
    take(new Blob(['square'], { type: 'image/png' })),
  )
  vi.stubGlobal('createImageBitmap', async (file: File) => {
    if (!file.type.startsWith('image/')) throw new DOMException('It cannot be decoded.')
    return { ...sides }
  })
  document.body.innerHTML = `
    <form><input type="file" name="picture">
      <div class="picture-crop" hidden data-label="Choose the square" data-zoom="Zoom" data-failed="This is no image."></div>
      <button type="submit">Save</button></form>`
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

async function choose(file: File | undefined = new File(['x'], 'me.png', { type: 'image/png' })) {
  const form = document.querySelector('form') as HTMLFormElement
  const input = form.querySelector('input[type=file]') as HTMLInputElement
  const holder = form.querySelector('.picture-crop') as HTMLElement
  if (!holder.children.length) offerCrop(form)
  Object.defineProperty(input, 'files', { value: file ? [file] : [], writable: true, configurable: true })
  input.dispatchEvent(new Event('change'))
  await flushPromises()
  const canvas = holder.querySelector('canvas') as HTMLCanvasElement
  const slider = holder.querySelector('input[type=range]') as HTMLInputElement
  const key = (name: string, more: KeyboardEventInit = {}) => {
    const event = new KeyboardEvent('keydown', { key: name, cancelable: true, ...more })
    canvas.dispatchEvent(event)
    return event.defaultPrevented
  }
  canvas.setPointerCapture = () => {}
  const point = (type: string, x: number, y: number, pointerId = 1) =>
    canvas.dispatchEvent(new PointerEvent(type, { clientX: x, clientY: y, pointerId }))
  return { form, input, holder, canvas, slider, key, point, square: () => drawn.at(-1)?.map(Math.round) }
}

describe('square of a picture', () => {
  it('is the largest in the middle, of images in either direction', async () => {
    const { square, holder, canvas } = await choose()
    expect([holder.hidden, canvas.hidden, canvas.getAttribute('aria-label'), canvas.tabIndex]).toEqual([
      false,
      false,
      'Choose the square',
      0,
    ])
    expect(square()).toEqual([50, 0, 300])
    Object.assign(sides, { width: 200, height: 900 })
    expect((await choose()).square()).toEqual([0, 350, 200])
  })

  it('moves with the arrows, and not beyond the edge', async () => {
    const { key, square } = await choose()
    expect(key('ArrowRight')).toBe(true)
    expect(square()?.[0]).toBeGreaterThan(50)
    expect(square()?.[1], 'there is no room above').toBe(0)
    key('ArrowLeft')
    expect(square()).toEqual([50, 0, 300])
    for (let i = 0; i < 50; i++) key('ArrowRight')
    expect(square()).toEqual([100, 0, 300])
    for (let i = 0; i < 50; i++) key('ArrowLeft')
    expect(square()).toEqual([0, 0, 300])
  })

  it('zooms with keys, slider and wheel between the whole and a quarter of it', async () => {
    const { key, slider, square, canvas } = await choose()
    key('+')
    expect(square()?.[2]).toBeLessThan(300)
    key('-')
    key('-')
    expect(square()).toEqual([50, 0, 300])
    slider.value = '2'
    slider.dispatchEvent(new Event('input'))
    expect(square()).toEqual([125, 75, 150])
    for (let i = 0; i < 50; i++) key('+')
    expect([square()?.[2], slider.value]).toEqual([75, '4'])
    canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: 10_000, cancelable: true }))
    expect([square()?.[2], slider.value]).toEqual([300, '1'])
  })

  it('leaves keys with a modifier, and others, to the browser', async () => {
    const { key, square } = await choose()
    for (const [name, more] of [
      ['ArrowRight', { ctrlKey: true }],
      ['+', { metaKey: true }],
      ['-', { ctrlKey: true }],
      ['ArrowLeft', { altKey: true }],
      ['Tab', {}],
    ] as const)
      expect(key(name, more), name).toBe(false)
    expect(square()).toEqual([50, 0, 300])
  })

  it('follows a finger, and two that spread', async () => {
    const { point, square } = await choose()
    point('pointermove', 500, 0)
    expect(square(), 'no finger is down').toEqual([50, 0, 300])
    point('pointerdown', 200, 200)
    point('pointermove', 150, 200)
    const [left = 0] = square() ?? []
    expect(left).toBeGreaterThan(50)
    point('pointerdown', 250, 200, 2)
    point('pointermove', 350, 200, 2)
    expect(square()?.[2]).toBe(150)
    point('pointerup', 350, 200, 2)
    point('pointercancel', 150, 200)
    const before = square()
    point('pointermove', 0, 0)
    expect(square()).toEqual(before)
  })

  it('begins again for another image, and goes when none is chosen', async () => {
    const { key, holder } = await choose()
    key('+')
    const again = await choose()
    expect([again.square(), again.slider.value]).toEqual([[50, 0, 300], '1'])
    Object.defineProperty(again.input, 'files', { value: [], configurable: true })
    again.input.dispatchEvent(new Event('change'))
    await flushPromises()
    expect(holder.hidden).toBe(true)
  })
})

describe('form of a picture', () => {
  it('sends the square, once, and another one after the way back', async () => {
    const { form, input } = await choose()
    const sent: string[] = []
    form.requestSubmit = () => {
      const event = new Event('submit', { cancelable: true })
      form.dispatchEvent(event)
      if (!event.defaultPrevented) sent.push(input.files?.[0]?.name ?? '')
    }
    form.requestSubmit()
    await flushPromises()
    expect(sent).toEqual(['picture.png'])
    expect(input.files?.[0]?.type).toBe('image/png')
    window.dispatchEvent(new Event('pageshow'))
    form.requestSubmit()
    await flushPromises()
    expect(sent).toHaveLength(2)
    expect(HTMLCanvasElement.prototype.toBlob).toHaveBeenCalledTimes(2)
  })

  it('says that a file is no image, and lets the server decide', async () => {
    const { form, holder, canvas } = await choose(new File(['x'], 'list.txt', { type: 'text/plain' }))
    expect(holder.querySelector('[role=alert]')?.textContent).toBe('This is no image.')
    expect(canvas.hidden).toBe(true)
    const event = new Event('submit', { cancelable: true })
    form.dispatchEvent(event)
    expect(event.defaultPrevented).toBe(false)
    const { holder: after } = await choose()
    expect(after.querySelector('[role=alert]')?.textContent).toBe('')
  })
})
