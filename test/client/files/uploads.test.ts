// @vitest-environment happy-dom

import { expect, it, vi } from 'vitest'
import { shallowRef } from 'vue'
import { storageInMemory } from '../../../clients/js/src/memory-storage.ts'
import { Outbox } from '../../../clients/js/src/outbox.ts'
import type { Item } from '../../../clients/js/src/outbox-items.ts'
import type { StoredUpload } from '../../../src/client/files/upload.ts'
import { Uploads } from '../../../src/client/files/uploads.ts'

/** The outbox and the uploads of a page, a server that keeps files, and what the page keeps for a reload. */
function page(t: { onTestFinished(done: () => void): void }) {
  const server = { files: new Set<string>(), begun: [] as string[], sent: [] as Item[] }
  vi.stubGlobal('fetch', async (_: string, { headers }: RequestInit) => {
    const id = `f${server.begun.length}`
    server.begun.push(/key ([\w=]+)/.exec(new Headers(headers).get('Upload-Metadata') ?? '')?.[1] ?? '')
    server.files.add(id)
    return new Response(null, { status: 201, headers: { Location: `/rooms/lobby/files/${id}` } })
  })
  t.onTestFinished(() => void vi.unstubAllGlobals())
  const kept = new Map<string, StoredUpload>()
  const storage = {
    all: async () => [...kept.values()],
    get: async (key: string) => kept.get(key),
    put: async (upload: StoredUpload) => void kept.set(upload.key, upload),
    remove: async (key: string) => void kept.delete(key),
  }
  const stored = storageInMemory()
  function load() {
    const items = shallowRef<readonly Item[]>([])
    const clock = { now: () => 0, after: () => () => {} }
    let keys = 0
    const outbox: Outbox = new Outbox({
      ...{ user: 1, tab: 'tab', storage: stored, clock },
      newKey: () => `message ${keys++}`,
      send: (item) => server.sent.push(item) > 0,
      shown: () => 0,
      changed(now) {
        items.value = now
        uploads?.follow()
      },
    })
    let uploads: Uploads | undefined
    uploads = new Uploads({ user: 1, tab: 'tab', clock, storage, outbox, items })
    return { outbox, items, uploads }
  }
  return { server, kept, load }
}

const noSuchFile = { code: 'no-such-file', message: '', retryAfterMs: undefined } as const

async function withWaitingFile(t: Parameters<typeof page>[0]) {
  const { server, kept, load } = page(t)
  const first = load()
  // An empty one: its upload is complete as it is created.
  first.uploads.add('lobby', [new File([], 'tea.txt')])
  const key = first.outbox.add('lobby', '', undefined, undefined, { uploads: first.uploads.take('lobby') })
  await vi.waitFor(() => expect(first.items.value[0]?.files).toEqual(['f0']), 60_000)
  return { server, kept, load, first, key }
}

it('files of a message › that the server has forgotten meanwhile are uploaded again, once', async (t) => {
  const { server, kept, first, key } = await withWaitingFile(t)
  expect(kept.size, 'they are kept until the message is stored').toBe(1)
  first.outbox.roomOpen('lobby')
  first.outbox.failed(key, noSuchFile)
  await vi.waitFor(() => expect(server.sent.map(({ files }) => files)).toEqual([['f0'], ['f1']]), 60_000)
  expect(server.begun[1], 'the same upload').toBe(server.begun[0])
  first.outbox.failed(key, noSuchFile)
  expect(first.items.value[0]).toMatchObject({ sending: { state: 'refused' }, code: 'no-such-file' })
  expect(server.begun).toHaveLength(2)
})

it('files of a message › are uploaded again after a reload too', async (t) => {
  const { server, load, key } = await withWaitingFile(t)
  const second = load()
  await second.outbox.adopt(() => true)
  second.outbox.roomOpen('lobby')
  second.outbox.failed(key, noSuchFile)
  await vi.waitFor(() => expect(server.sent.at(-1)?.files).toEqual(['f1']), 60_000)
})

it('files of a message › that are not here any more leave it refused', async (t) => {
  const { server, kept, load, key } = await withWaitingFile(t)
  kept.clear()
  const second = load()
  await second.outbox.adopt(() => true)
  second.outbox.roomOpen('lobby')
  second.outbox.failed(key, noSuchFile)
  await vi.waitFor(() => expect(second.items.value[0]).toMatchObject({ code: 'no-such-file' }), 60_000)
  expect(server.begun).toHaveLength(1)
})

it('files of a message › are not kept when it is stored and shown', async (t) => {
  const { kept, first, key } = await withWaitingFile(t)
  first.outbox.roomOpen('lobby')
  first.outbox.sent(key, 0)
  await vi.waitFor(() => expect(kept.size).toBe(0), 60_000)
  expect(first.items.value).toEqual([])
})
