// @vitest-environment happy-dom
/** The files of the composer, from their choice until they are uploaded: progress, cancel, retry and errors. */
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import ComposerFiles from '../../../src/client/files/ComposerFiles.vue'
import { uploadsOf } from '../../../src/client/files/uploads.ts'
import { isolated } from '../../../src/shared/text.ts'
import { DialogFixture } from '../support/dialog-fixture.ts'

type Answer = () => Response
const created: Answer = () => new Response(null, { status: 201, headers: { Location: '/rooms/lobby/files/0f' } })
const refused = (status: number, code: string, message: string) => () =>
  new Response(JSON.stringify({ type: 'error', code, message }), { status })

/** Bytes on their way: the test says how far they are. */
class FakeRequest {
  static readonly all: FakeRequest[] = []
  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {}
  readonly headers: Record<string, string> = {}
  onloadend: () => void = () => {}
  status = 0
  responseText = ''
  isAborted = false
  offset = ''

  open() {
    FakeRequest.all.push(this)
  }
  setRequestHeader(name: string, value: string) {
    this.headers[name] = value
  }
  getResponseHeader(name: string) {
    return name === 'Upload-Offset' ? this.offset : null
  }
  send() {}
  abort() {
    this.isAborted = true
    this.onloadend()
  }
  async has(loaded: number) {
    this.upload.onprogress?.({ loaded })
    await flushPromises()
  }
  async ends(status: number, { offset = '', body = '' } = {}) {
    Object.assign(this, { status, offset, responseText: body })
    this.onloadend()
    await flushPromises()
  }
}

const asked: string[] = []
/** What the server was told of each upload. */
const told: string[] = []
let answers: Record<string, Answer> = {}

beforeEach(() => {
  FakeRequest.all.length = asked.length = told.length = 0
  answers = { POST: created, DELETE: () => new Response(null, { status: 204 }) }
  document.body.replaceChildren()
  vi.stubGlobal('XMLHttpRequest', FakeRequest)
  vi.stubGlobal('fetch', async (address: string, { method = 'GET', headers }: RequestInit = {}) => {
    asked.push(`${method} ${address}`)
    if (method === 'POST') told.push(new Headers(headers).get('Upload-Metadata') ?? '')
    const answer = answers[method]
    if (!answer) throw new TypeError('offline')
    return answer()
  })
})
afterEach(() => void vi.unstubAllGlobals())

async function attach(...files: File[]) {
  const fixture = new DialogFixture()
  const box = document.body.appendChild(document.createElement('textarea'))
  const shown = fixture.show(ComposerFiles, { box, room: 'lobby' })
  const { wrapper } = shown
  const pick = async (...picked: File[]) => {
    const input = wrapper.get<HTMLInputElement>('input[type=file]')
    Object.defineProperty(input.element, 'files', { value: picked, configurable: true })
    await input.trigger('change')
    await flushPromises()
  }
  await pick(...files)
  const rows = () => wrapper.findAll('.attached-file')
  const said = () => rows().map((row) => row.get('.attached-about').text())
  return { ...shown, fixture, box, pick, rows, said, uploads: uploadsOf(fixture.chat) }
}

const again = `Try again: ${isolated('tea.bin')}`
const tea = (bytes = 1_000, name = 'tea.bin') => new File([new Uint8Array(bytes)], name)
const last = () => FakeRequest.all.at(-1) as FakeRequest

describe('uploader › progress', () => {
  it('is shown as a bar and in percent, until the file is complete', async () => {
    const { wrapper, said, box, uploads } = await attach(tea())
    expect(wrapper.get('[role=status]').text()).toContain('1')
    expect(document.activeElement).toBe(box)
    expect(asked).toEqual(['POST /rooms/lobby/files'])
    await last().has(500)
    const bar = wrapper.get<HTMLProgressElement>('progress')
    expect([bar.attributes('value'), bar.attributes('max'), bar.attributes('aria-label')]).toEqual([
      '500',
      '1000',
      'tea.bin',
    ])
    expect(said()[0]).toContain('50%')
    await last().ends(204, { offset: '1000' })
    expect(wrapper.find('progress').exists()).toBe(false)
    expect(uploads.all.value[0]?.progress).toEqual({ state: 'done', id: '0f' })
  })

  it('is of two files at once, and the next begins when one is complete', async () => {
    const { said } = await attach(tea(10, 'a'), tea(10, 'b'), tea(10, 'c'))
    expect(FakeRequest.all).toHaveLength(2)
    await FakeRequest.all[0]?.ends(204, { offset: '10' })
    expect(FakeRequest.all).toHaveLength(3)
    expect(said()).toHaveLength(3)
  })

  it('begins where the server is after a part was lost', async () => {
    const { said } = await attach(tea())
    answers.HEAD = () => new Response(null, { headers: { 'Upload-Offset': '400', 'Upload-Length': '1000' } })
    await last().ends(0)
    window.dispatchEvent(new Event('online'))
    await flushPromises()
    expect(asked.at(-1)).toBe('HEAD /rooms/lobby/files/0f')
    expect(last().headers['Upload-Offset']).toBe('400')
    await last().has(100)
    expect(said()[0]).toContain('50%')
  })

  it('asks with an empty part why a file is not complete of which the server has all bytes', async () => {
    const { said, uploads } = await attach(tea())
    answers.HEAD = () => new Response(null, { status: 423 })
    const wait = { message: 'The file is still being checked. Ask again.', code: 'unavailable', type: 'error' }
    await last().ends(503, { body: JSON.stringify(wait) })
    expect(said()[0]).toContain('still being checked')
    const goOn = async () => {
      window.dispatchEvent(new Event('online'))
      await flushPromises()
      expect(asked.at(-1)).toBe('HEAD /rooms/lobby/files/0f')
      expect(last().headers['Upload-Offset']).toBe('1000')
    }
    await goOn()
    await last().ends(503, { body: JSON.stringify(wait) })
    expect(said()[0]).toContain('still being checked')
    await goOn()
    await last().ends(422, { body: JSON.stringify({ ...wait, code: 'file-refused' }) })
    expect(uploads.all.value[0]?.progress).toMatchObject({ state: 'refused', code: 'file-refused' })
  })
})

describe('uploader › cancel', () => {
  it('ends the request, deletes the upload and gives the focus back', async () => {
    const { press, rows, box } = await attach(tea())
    box.blur()
    await press(`Remove ${isolated('tea.bin')}`)
    expect(last().isAborted).toBe(true)
    expect(asked.at(-1)).toBe('DELETE /rooms/lobby/files/0f')
    expect(rows()).toEqual([])
    expect(document.activeElement).toBe(box)
  })

  it('makes room for the next, and does not touch the others', async () => {
    const { press, rows } = await attach(tea(10, 'a'), tea(10, 'b'), tea(10, 'c'))
    await press(`Remove ${isolated('a')}`)
    expect(rows().map((row) => row.get('.attached-name').text())).toEqual(['b', 'c'])
    expect(FakeRequest.all).toHaveLength(3)
    expect(FakeRequest.all.map(({ isAborted }) => isAborted)).toEqual([true, false, false])
  })

  it('deletes a file that is complete, since it would count in the quota, and none that a message waits for', async () => {
    const { press, uploads } = await attach(tea(10))
    await last().ends(204, { offset: '10' })
    await press(`Remove ${isolated('tea.bin')}`)
    expect(asked).toEqual(['POST /rooms/lobby/files', 'DELETE /rooms/lobby/files/0f'])
    uploads.add('lobby', [tea(10)])
    await flushPromises()
    await last().ends(204, { offset: '10' })
    uploads.take('lobby')
    uploads.follow()
    expect(uploads.all.value).toEqual([])
    expect(asked.slice(2)).toEqual(['POST /rooms/lobby/files'])
  })
})

describe('uploader › an image as a file', () => {
  const photo = () => new File([new Uint8Array(10)], 'tea.jpg', { type: 'image/jpeg' })
  const keyIn = (metadata = '') => atob(/key (\S+?)(?:,|$)/.exec(metadata)?.[1] ?? '')

  it('is sent again from its beginning, as another upload, and back', async () => {
    const { wrapper, uploads } = await attach(photo())
    const box = wrapper.get<HTMLInputElement>('input[type=checkbox]')
    box.element.focus()
    await box.setValue(true)
    await flushPromises()
    expect(FakeRequest.all.map(({ isAborted }) => isAborted)).toEqual([true, false])
    expect(asked).toEqual(['POST /rooms/lobby/files', 'DELETE /rooms/lobby/files/0f', 'POST /rooms/lobby/files'])
    expect(told.map((metadata) => metadata.includes('asFile'))).toEqual([false, true])
    expect(document.activeElement, 'the row stays').toBe(box.element)
    await last().ends(204, { offset: '10' })
    await box.setValue(false)
    await flushPromises()
    expect(told.map((metadata) => metadata.includes('asFile'))).toEqual([false, true, false])
    expect(new Set(told.map(keyIn)).size, 'each is another upload').toBe(3)
    expect(
      asked.filter((one) => one.startsWith('DELETE')),
      'what was sent before is deleted',
    ).toHaveLength(2)
    expect(last().headers['Upload-Offset']).toBe('0')
    await last().ends(204, { offset: '10' })
    expect(uploads.all.value).toMatchObject([{ asFile: false, progress: { state: 'done' } }])
  })

  it('is offered for images only', async () => {
    const { wrapper } = await attach(tea(10))
    expect(wrapper.find('input[type=checkbox]').exists()).toBe(false)
  })
})

describe('uploader › error and retry', () => {
  it('states the limit of the server, as an alert, and offers to try again', async () => {
    const message = 'A file has at most 100 bytes.'
    answers.POST = refused(413, 'too-large', message)
    const { fault, press, has, said } = await attach(tea())
    expect(fault()).toBe(message)
    expect(FakeRequest.all, 'no byte is sent').toHaveLength(0)
    answers.POST = created
    await press(again)
    expect(has(again)).toBe(false)
    await last().has(250)
    expect(said()[0]).toContain('25%')
  })

  it('waits and says why when the server cannot take it now, and goes on by itself', async () => {
    answers.POST = refused(
      503,
      'unavailable',
      'The disk is nearly full: 2000 bytes of it must stay free. Try again later.',
    )
    const { wrapper, said } = await attach(tea())
    expect(said()[0]).toContain('The disk is nearly full: 2000 bytes of it must stay free.')
    expect(wrapper.find('[role=alert]').exists()).toBe(false)
    answers.POST = created
    window.dispatchEvent(new Event('online'))
    await flushPromises()
    expect(FakeRequest.all).toHaveLength(1)
  })

  it('waits without a connection, and begins when there is one', async () => {
    answers = {}
    const { said } = await attach(tea())
    const [offline] = said()
    answers = { POST: created }
    window.dispatchEvent(new Event('online'))
    await flushPromises()
    expect(said()[0]).not.toBe(offline)
    expect(FakeRequest.all).toHaveLength(1)
  })

  it('begins an upload again that the server has forgotten, once', async () => {
    const { uploads } = await attach(tea())
    answers.HEAD = refused(404, 'no-such-file', 'There is no such file.')
    await last().ends(404, { body: JSON.stringify({ code: 'no-such-file', message: 'There is no such file.' }) })
    expect(asked.filter((one) => one.startsWith('POST'))).toHaveLength(2)
    await last().ends(404, { body: JSON.stringify({ code: 'no-such-file', message: 'There is no such file.' }) })
    expect(uploads.all.value[0]?.progress).toMatchObject({ state: 'refused', code: 'no-such-file' })
  })

  it('takes as many files as a message may have, and says so of the others', async () => {
    const { rows, fixture, pick } = await attach(...Array.from({ length: 9 }, (_, i) => tea(10, `${i}`)))
    await pick(tea(10, 'ten'), tea(10, 'eleven'))
    expect(rows()).toHaveLength(10)
    expect(fixture.page.showToast).toHaveBeenCalledWith({ text: expect.stringContaining('10') })
  })
})
