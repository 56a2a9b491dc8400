// @vitest-environment happy-dom
import { expect, it, vi } from 'vitest'
import { readOffset } from '../../../src/client/files/tus.ts'
import { type StoredUpload, send, type UploadState } from '../../../src/client/files/upload.ts'

/** What a browser's `fetch` is called with. */
function answering(answer: (method: string, headers: Record<string, string>) => Response | Promise<Response>) {
  vi.stubGlobal('fetch', async (_: string, { method = 'GET', headers }: RequestInit) =>
    answer(method, headers as Record<string, string>),
  )
}

const upload: StoredUpload = {
  key: 'a',
  user: 1,
  tab: 'b',
  room: 'lobby',
  file: new Blob([]),
  name: 'tea.png',
  type: 'image/png',
  alt: '',
  at: 0,
}

it('an upload › that begins late tells the server the description of that moment', async (t) => {
  t.onTestFinished(() => void vi.unstubAllGlobals())
  let alt = ''
  const tried: string[] = []
  answering((_, headers) => {
    tried.push(headers['Upload-Metadata'] ?? '')
    if (tried.length === 1) throw new TypeError('offline')
    return new Response(null, { status: 201, headers: { Location: '/rooms/lobby/files/0f' } })
  })
  const created: unknown[] = []
  const states: UploadState[] = []
  await send(upload, {
    clock: { now: () => 0, after: () => () => {} },
    signal: new AbortController().signal,
    async online() {
      alt = 'A cup'
    },
    changed: (progress) => states.push(progress),
    alt: () => alt,
    created: (...values) => created.push(values),
  })
  expect(tried[0]).not.toContain('alt ')
  expect(tried[1]).toContain(`alt ${btoa('A cup')}`)
  expect(created).toEqual([['/rooms/lobby/files/0f', 'A cup']])
  expect(states.at(-1)).toEqual({ state: 'done', id: '0f' })
})

it.for([
  ['1000', '3000', 1_000],
  ['2980', '2980', 3_000],
] as const)(
  'the offset › %s of %s on the server are %s bytes of a file of 3,000',
  async ([offset, length, bytes], t) => {
    t.onTestFinished(() => void vi.unstubAllGlobals())
    const file = new Blob(['x'.repeat(3_000)])
    answering(() => new Response(null, { headers: { 'Upload-Offset': offset, 'Upload-Length': length } }))
    expect(await readOffset('/rooms/lobby/files/0f', file, 1, new AbortController().signal)).toBe(bytes)
  },
)
