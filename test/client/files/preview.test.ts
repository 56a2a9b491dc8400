// @vitest-environment happy-dom
/** What is loaded, played and shown of files only when it is asked for. */
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import AttachMenu from '../../../src/client/files/AttachMenu.vue'
import FileImage from '../../../src/client/files/FileImage.vue'
import FileTile from '../../../src/client/files/FileTile.vue'
import { canMove } from '../../../src/client/files/on-demand/animation.ts'
import { saveData, savesData } from '../../../src/client/files/on-demand/saves-data.ts'
import { languageOf, readPreview } from '../../../src/client/files/on-demand/text-preview.ts'
import { mayBeText } from '../../../src/shared/files/display.ts'
import type { FileInfo } from '../../../src/shared/protocol/types.ts'
import { picture } from '../../files/images/samples.ts'
import { DialogFixture } from '../support/dialog-fixture.ts'

const file = (name: string, type: string, more: Partial<FileInfo> = {}): FileInfo => ({
  id: 'a'.repeat(32),
  name,
  type,
  bytes: 1_400,
  ...more,
})
const gif = file('cup.gif', 'image/gif', { width: 40, height: 30 })
const path = `/files/${gif.id}/cup.gif`

let isStill = false
beforeEach(() => {
  isStill = false
  const real = window.matchMedia.bind(window)
  vi.spyOn(window, 'matchMedia').mockImplementation((query) => {
    return query.includes('reduced-motion') ? ({ matches: isStill } as MediaQueryList) : real(query)
  })
  document.body.replaceChildren()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  saveData(false, document)
})

/** Answers as the server does, of which only a part is read. */
const answering = (bytes: Buffer | string, asked: string[] = []) =>
  vi.fn<typeof fetch>(async (_, { headers } = {}) => {
    const range = new Headers(headers).get('range') ?? ''
    asked.push(range)
    const end = Number(/-(\d+)$/.exec(range)?.[1] ?? Number.POSITIVE_INFINITY)
    return new Response(new Uint8Array(Buffer.from(bytes).subarray(0, end + 1)), { status: 206 })
  })

const show = async (component: typeof FileImage | typeof FileTile, props: object) => {
  const shown = new DialogFixture({ room: 'tea' }).show(component, { ...props })
  await flushPromises()
  return shown
}
const srcOf = (wrapper: { get: (selector: string) => { attributes: (name: string) => string | undefined } }) =>
  wrapper.get('img').attributes('src')
const showImage = (one = gif, more = 0) => show(FileImage, { file: one, alone: false, more })

describe('an image that moves', () => {
  it('is known by its type, and a WebP by its first bytes', async () => {
    const asked: string[] = []
    const webp = file('cup.webp', 'image/webp')
    expect(await canMove(gif, answering('', asked))).toBe(true)
    expect(await canMove(file('cup.png', 'image/png'), answering('', asked))).toBe(false)
    expect(asked).toEqual([])
    expect(await canMove(webp, answering(await picture(2).webp().toBuffer(), asked))).toBe(true)
    expect(await canMove(webp, answering(await picture().webp().toBuffer()))).toBe(false)
    expect(asked).toEqual(['bytes=0-31'])
    const whole = vi.fn<typeof fetch>(async () => new Response('RIFF', { status: 200 }))
    expect(await canMove(webp, whole), 'a server that would send all of it').toBe(false)
  })

  it('stands still until its button is pressed, and again when it is pressed once more', async () => {
    const { wrapper, press } = await showImage()
    expect(srcOf(wrapper)).toBe(`${path}?preview=small`)
    await press('Play animation: \u2068cup.gif\u2069')
    expect(srcOf(wrapper)).toBe(path)
    await wrapper.get('.file-cell').trigger('pointerleave', { pointerType: 'mouse' })
    expect(srcOf(wrapper)).toBe(path)
    await press('Stop animation: \u2068cup.gif\u2069')
    expect(srcOf(wrapper)).toBe(`${path}?preview=small`)
    expect(wrapper.emitted('open')).toBe(undefined)
  })

  it('plays while a mouse rests on it, and not for a finger', async () => {
    const { wrapper } = await showImage()
    await wrapper.get('.file-cell').trigger('pointerenter', { pointerType: 'touch' })
    expect(srcOf(wrapper)).toBe(`${path}?preview=small`)
    await wrapper.get('.file-cell').trigger('pointerenter', { pointerType: 'mouse' })
    expect(srcOf(wrapper)).toBe(path)
    await wrapper.get('.file-cell').trigger('pointerleave', { pointerType: 'mouse' })
    expect(srcOf(wrapper)).toBe(`${path}?preview=small`)
  })

  it('moves by its button alone where motion is to be reduced', async () => {
    isStill = true
    const { wrapper, press } = await showImage()
    await wrapper.get('.file-cell').trigger('pointerenter', { pointerType: 'mouse' })
    expect(srcOf(wrapper)).toBe(`${path}?preview=small`)
    await press('Play animation: \u2068cup.gif\u2069')
    expect(srcOf(wrapper)).toBe(path)
  })

  it('has no button where others are hidden behind it, and none when it is no animation', async () => {
    expect((await showImage(gif, 3)).wrapper.find('.file-play').exists()).toBe(false)
    const still = await showImage(file('cup.png', 'image/png', { width: 40, height: 30 }))
    expect(still.wrapper.find('.file-play').exists()).toBe(false)
  })
})

describe('saving data', () => {
  it('lets an image wait for a press, with its size, and then loads it', async () => {
    saveData(true, document)
    expect(savesData()).toBe(true)
    const { wrapper } = await showImage()
    expect(srcOf(wrapper)).toBe(undefined)
    expect(wrapper.get('.file-held').text()).toBe('1.4 kB')
    expect(wrapper.get('a').attributes('aria-label')).toContain('Load image')
    expect(wrapper.find('.file-play').exists(), 'nothing of it is here').toBe(false)
    await wrapper.get('a').trigger('click')
    await flushPromises()
    expect(srcOf(wrapper)).toBe(`${path}?preview=small`)
    expect(wrapper.find('.file-play').exists()).toBe(true)
    await wrapper.get('.file-cell').trigger('pointerenter', { pointerType: 'mouse' })
    expect(srcOf(wrapper), 'the animation is larger').toBe(`${path}?preview=small`)
    await wrapper.get('a').trigger('click')
    expect(wrapper.emitted('open')).toHaveLength(1)
  })

  it('is also asked for by the browser, and ends when the setting does', () => {
    expect(savesData()).toBe(false)
    vi.stubGlobal('navigator', { connection: { saveData: true } })
    expect(savesData()).toBe(true)
    vi.unstubAllGlobals()
    saveData(true, document)
    saveData(false, document)
    expect(savesData()).toBe(false)
  })
})

describe('preview of a text', () => {
  it('is offered for texts and code, by their type or name', () => {
    const names = ['a.txt', 'a.ts', 'a.CSV', 'a.yml', 'a.log', 'page.html']
    expect(names.filter((name) => mayBeText(file(name, 'application/octet-stream')))).toEqual(names)
    expect(mayBeText(file('noname', 'text/plain'))).toBe(true)
    expect(mayBeText(file('data', 'application/json'))).toBe(true)
    for (const name of ['a.zip', 'a.pdf', 'a', 'constructor'])
      expect(mayBeText(file(name, 'application/pdf'))).toBe(false)
    expect(mayBeText(file('a.txt', 'text/plain', { bytes: 0 })), 'an empty one').toBe(false)
    expect([languageOf('a.ts'), languageOf('a.txt'), languageOf('a.constructor')]).toEqual(['typescript', '', ''])
  })

  it('has the first lines, and reads no more than they need', async () => {
    const asked: string[] = []
    const lines = Array.from({ length: 50 }, (_, n) => `line ${n}`)
    const long = await readPreview(file('a.txt', 'text/plain'), answering(lines.join('\r\n'), asked))
    expect(long?.text.split('\n')).toEqual(lines.slice(0, 40))
    expect(long?.isCut).toBe(true)
    expect(asked).toEqual(['bytes=0-32767'])
    const short = await readPreview(file('a.txt', 'text/plain', { bytes: 4 }), answering('one\n'))
    expect(short).toEqual({ text: 'one', isCut: false })
    const whole = vi.fn<typeof fetch>(async () => new Response('茶'.repeat(100_000)))
    const cut = await readPreview(file('a.txt', 'text/plain', { bytes: 300_000 }), whole)
    expect(cut?.isCut).toBe(true)
    expect(cut?.text, 'no half of a character').toMatch(/^茶+$/)
  })

  it('is refused for bytes that are no text, and fails when the file cannot be read', async () => {
    expect(await readPreview(file('a.txt', 'text/plain'), answering(Buffer.from([1, 0, 2])))).toBe(undefined)
    const utf16 = Buffer.from('\ufeffhi', 'utf16le')
    expect((await readPreview(file('a.txt', 'text/plain'), answering(utf16)))?.text).toBe('hi')
    const gone = vi.fn<typeof fetch>(async () => new Response('', { status: 404 }))
    await expect(readPreview(file('a.txt', 'text/plain'), gone)).rejects.toThrow('404')
  })

  it('opens and closes below the tile, as text whatever it says', async () => {
    vi.stubGlobal('fetch', answering('<img src=x onerror=alert(1)>'))
    const { wrapper, button } = await show(FileTile, { file: file('page.html', 'text/html') })
    expect(fetch).not.toHaveBeenCalled()
    await wrapper.get('.file-preview-button').trigger('click')
    await expect.poll(() => wrapper.find('.file-preview pre').exists()).toBe(true)
    expect(wrapper.get('.file-preview pre').text()).toBe('<img src=x onerror=alert(1)>')
    expect(wrapper.find('.file-preview img').exists()).toBe(false)
    expect(button('Hide the preview of \u2068page.html\u2069')?.attributes('aria-expanded')).toBe('true')
    await wrapper.get('.file-preview-button').trigger('click')
    expect(wrapper.find('.file-preview').exists()).toBe(false)
  })

  it('says that it failed, and tries again', async () => {
    vi.stubGlobal(
      'fetch',
      vi.fn(async () => new Response('', { status: 404 })),
    )
    const { wrapper, press } = await show(FileTile, { file: file('a.txt', 'text/plain', { bytes: 3 }) })
    await wrapper.get('.file-preview-button').trigger('click')
    await expect.poll(() => wrapper.find('[role=alert]').exists()).toBe(true)
    vi.stubGlobal('fetch', answering('one'))
    await press('Try again')
    await expect.poll(() => wrapper.find('.file-preview pre').text()).toBe('one')
    expect(wrapper.find('[role=alert]').exists()).toBe(false)
  })

  it('is not offered for other files', async () => {
    const { wrapper } = await show(FileTile, { file: file('a.zip', 'application/zip') })
    expect(wrapper.find('.file-preview-button').exists()).toBe(false)
    expect(wrapper.get('a').attributes('download')).toBe('a.zip')
  })
})

describe('menu of attaching', () => {
  it('offers files and the camera, each with an input of its own', async () => {
    HTMLElement.prototype.showPopover ??= () => {}
    HTMLElement.prototype.hidePopover ??= () => {}
    const { wrapper, press } = new DialogFixture().show(AttachMenu, { disabled: false })
    await press('Attach files')
    expect(wrapper.findAll('[role=menuitem]').map((item) => item.text())).toEqual([
      'Choose files',
      'Take a photo',
      'Record a video',
    ])
    const inputs = wrapper.findAll('input')
    expect(inputs.map((input) => [input.attributes('accept'), input.attributes('capture')])).toEqual([
      [undefined, undefined],
      ['image/*', 'environment'],
      ['video/*', 'environment'],
    ])
    const clicked = vi.spyOn(inputs[1]?.element as HTMLInputElement, 'click').mockReturnValue()
    await press('Take a photo')
    expect(clicked).toHaveBeenCalledOnce()
    await inputs[1]?.trigger('change')
    expect(wrapper.emitted('pick')).toHaveLength(1)
  })
})
