/** Texts of files on a running server: from the upload to the search. */
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { TextIndexer } from '../../src/server/files/texts/text-indexer.ts'
import type { NextText } from '../../src/server/store/store.ts'
import { ChatError } from '../../src/shared/protocol/errors.ts'
import { uploaded } from '../support/clients/uploads.ts'
import { textOf } from '../support/clients/visitor.ts'
import { tea } from '../support/server/populate.ts'
import { startPopulatedServer } from '../support/server/populated-server.ts'

type Bytes = ConstructorParameters<typeof TextIndexer>[0]['bytes']
/** A text that cannot be removed. */
const broken = 48

type Added = [id: string, from: number, parts: number, isLast: boolean]

/** What is to be done, one after the other, and what was done. */
function indexerOf(todo: NextText[], read: Bytes['read']) {
  const done = {
    added: [] as Added[],
    left: [] as string[],
    removed: 0,
    putOff: [] as string[],
    logged: [] as object[],
  }
  function forget(id: string): void {
    todo.splice(
      todo.findIndex((one) => one.type === 'add' && one.id === id),
      1,
    )
  }
  const search = {
    nextText: async () => todo[0],
    putOffText: async (id: string, until: number) => {
      expect(until).toBeGreaterThan(Date.now())
      done.putOff.push(id)
      forget(id)
    },
    addText: async (id: string, from: number, parts: readonly unknown[], isLast: boolean) => {
      if (id === 'refused') throw new Error('string is too long for tsvector')
      done.added.push([id, from, parts.length, isLast])
      if (isLast) forget(id)
      return true
    },
    leaveText: async (id: string) => {
      done.left.push(id)
      forget(id)
    },
    putOffRemoval: async (place: number, until: number) => {
      expect(until).toBeGreaterThan(Date.now())
      done.putOff.push(`place ${place}`)
      todo.shift()
    },
    removeText: async (place: number) => {
      if (place === broken) throw new Error('database disk image is malformed')
      done.removed++
      todo.shift()
      return true
    },
  }
  const log = { event: (_: string, details: object) => void done.logged.push(details) }
  const indexer = new TextIndexer({ store: { search }, bytes: { read }, log } as unknown as ConstructorParameters<
    typeof TextIndexer
  >[0])
  return { done, indexer }
}

const add = (id: string, bytes: number, parts = 0): NextText => ({ type: 'add', id, hash: id, bytes, parts })
const readerOf = (texts: Record<string, string | Buffer>) => async (hash: string) => {
  const bytes = texts[hash]
  if (bytes === undefined) throw new Error('no such bytes')
  return Readable.from([Buffer.from(bytes)])
}

describe('indexer of texts', () => {
  it('adds texts in pieces, goes on where one was, removes, and leaves what is no text', async () => {
    const long = Array.from({ length: 8_000 }, (_, i) => `w${i}`).join(' ')
    const texts = { a: long, b: long, c: Buffer.from([0xff, 0xfe, 65]), d: 'zero\0', e: '\uFEFF' }
    const todo: NextText[] = [
      { type: 'remove', place: 16 },
      add('a', 1),
      add('b', 1, 3),
      ...['c', 'd', 'e'].map((id) => add(id, 1)),
    ]
    const { done, indexer } = indexerOf(todo, readerOf(texts))
    await expect.poll(() => todo.length).toBe(0)
    await indexer.close()
    expect(done.removed).toBe(1)
    const pieces = (id: string) => done.added.filter(([of]) => of === id)
    expect(pieces('a').length).toBeGreaterThan(3)
    expect(pieces('a')[0]?.[1]).toBe(0)
    expect(pieces('b')[0]?.[1]).toBe(3)
    for (const id of ['a', 'b']) {
      const all = pieces(id)
      expect(all.map(([, from]) => from).slice(1)).toEqual(all.slice(0, -1).map(([, from, parts]) => from + parts))
      expect(all.map(([, , , isLast]) => isLast)).toEqual([...all.slice(1).map(() => false), true])
    }
    expect(done.left).toEqual(['c', 'd', 'e'])
    expect(done.logged).toEqual([])
  })

  it('puts a file off that cannot be read or added, and goes on with the others', async () => {
    const todo = [add('gone', 1), add('refused', 1), add('a', 1)]
    const { done, indexer } = indexerOf(todo, readerOf({ a: 'tea', refused: 'tea' }))
    await expect.poll(() => done.added, { timeout: 20_000 }).toEqual([['a', 0, 1, true]])
    await indexer.close()
    expect(done.putOff).toEqual(['gone', 'refused'])
    expect(done.logged).toMatchObject(['gone', 'refused'].map((file) => ({ reason: 'index-text', file })))
  })

  it('puts off words that cannot be taken out, and goes on with the others', async () => {
    const todo: NextText[] = [{ type: 'remove', place: broken }, { type: 'remove', place: 32 }, add('a', 1)]
    const { done, indexer } = indexerOf(todo, readerOf({ a: 'tea' }))
    await expect.poll(() => done.added, { timeout: 20_000 }).toEqual([['a', 0, 1, true]])
    await indexer.close()
    expect([done.removed, done.putOff]).toEqual([1, [`place ${broken}`]])
    expect(done.logged).toMatchObject([{ reason: 'remove-text', place: broken }])
  })

  it('waits while the store of files cannot be used, and ends at once when it is closed', async () => {
    let reads = 0
    const { done, indexer } = indexerOf([add('a', 1)], async () => {
      reads++
      throw new ChatError('unavailable', 'The store of files cannot be used.')
    })
    await expect.poll(() => reads).toBe(1)
    await indexer.close()
    expect([reads, done.putOff, done.logged]).toEqual([1, [], []])
  })

  it('ends a read that hangs when it is closed', async () => {
    const stream = new Readable({ read() {} })
    let isReading = false
    const { done, indexer } = indexerOf([add('a', 1)], async () => {
      isReading = true
      return stream
    })
    await expect.poll(() => isReading).toBe(true)
    await indexer.close()
    expect(stream.destroyed).toBe(true)
    expect(done.logged).toEqual([])
  })
})

describe('a server with text files', () => {
  it('finds messages by the texts of their files, on the page without a script too, and no more once they are deleted', async (t) => {
    const { server, anna, bo } = await startPopulatedServer(t)
    const headers = { cookie: bo.visitor.cookie, origin: server.url }
    const bytes = '\uFEFFEins\n\nDie Größe der Teekanne: 上海 <b>\n'
    const path = await uploaded(server, headers, { room: tea, name: 'notes.txt', type: 'text/plain', bytes })
    const file = path.split('/').at(-1) ?? ''
    await bo.does({ type: 'chat', room: tea, data: '', files: [file] })
    const find = (query: string) => anna.chat.ask({ type: 'search', query }, 'found')
    await expect.poll(async () => (await find('grosse')).data, { timeout: 20_000 }).toHaveLength(1)
    expect(await find('"teekanne 上海"')).toMatchObject({
      data: [{ files: [{ id: file, name: 'notes.txt' }] }],
      excerpts: [{ file, text: expect.stringContaining('Größe der Teekanne: 上海 <b>') }],
    })
    const { body } = await anna.visitor.get('/search?q=grosse')
    expect(body).toContain('<mark>Größe</mark> der Teekanne: 上海 &lt;b&gt;')
    expect(textOf(body)).toContain('notes.txt')
    const [{ id = 0 } = {}] = (await find('grosse')).data
    await bo.does({ type: 'delete', room: tea, ref: id })
    expect(await find('grosse')).not.toHaveProperty('excerpts')
    expect((await find('grosse')).data).toEqual([])
  })
})
