/** The form that writes a message without a script, with files. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { PageState } from '../../src/shared/page-state.ts'
import type { Message } from '../../src/shared/protocol/types.ts'
import { picture, withMetadata } from '../files/images/samples.ts'
import { bytesOf } from '../support/clients/uploads.ts'
import { type Cleanup, type Person, startServer, type TestServer } from '../support/server/server.ts'

type File = [name: string, bytes: string | Uint8Array<ArrayBuffer>]

async function annaInTea(t: Cleanup, settings: Record<string, string> = {}) {
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0', ...settings })
  const anna = await server.signIn('Anna')
  const chat = await anna.connect()
  await chat.open('tea')
  return { server, anna, chat }
}

async function submit(
  { url }: TestServer,
  { cookie }: Pick<Person, 'cookie'>,
  fields: Record<string, string>,
  files: File[] = [],
  headers: Record<string, string> = {},
) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const [name, bytes] of files) form.append('file', new globalThis.File([bytes], name))
  const answer = await fetch(`${url}/rooms/tea/files/message`, {
    method: 'POST',
    headers: { Cookie: cookie, ...headers },
    body: form,
    redirect: 'manual',
  })
  const body = await answer.text()
  const inputOf = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1]
  const [, text] = /<textarea[^>]*>\n([\s\S]*?)<\/textarea>/.exec(body) ?? []
  const [, fault] = /id="composer-error"[^>]*>([^<]*)</.exec(body) ?? []
  return { answer, body, key: inputOf('key'), alt: inputOf('alt'), text, fault }
}

async function messagesIn({ url }: TestServer, { cookie }: Pick<Person, 'cookie'>): Promise<Message[]> {
  const body = await (await fetch(`${url}/rooms/tea`, { headers: { Cookie: cookie } })).text()
  const [, json = ''] = /<script type="application\/json" id="state">([\s\S]*?)<\/script>/.exec(body) ?? []
  return (JSON.parse(json) as PageState).opened.messages ?? []
}

/** The bytes of all files that the store knows. */
function usageOf({ dataDir }: TestServer): number {
  const db = new DatabaseSync(join(dataDir, 'teahouse.db'), { readOnly: true })
  const { bytes } = db.prepare('SELECT coalesce(sum(bytes), 0) AS bytes FROM files').get() as { bytes: number }
  db.close()
  return bytes
}

describe('the form of a message', () => {
  it('has an input for files, and leads to the message that has them, with the text and the description', async (t) => {
    const { server, anna } = await annaInTea(t)
    const page = await fetch(`${server.url}/rooms/tea`, { headers: { Cookie: anna.cookie } })
    expect(await page.text()).toMatch(
      /<form class="composer" method="post" action="\/rooms\/tea\/files\/message" enctype="multipart\/form-data"[\s\S]*<input [^>]*type="file" name="file" multiple[\s\S]*<\/form>/,
    )
    const fields = { key: 'k', data: 'the list\r\nof teas', alt: 'Two lists' }
    const { answer } = await submit(server, anna, fields, [
      ['tea.txt', 'green'],
      ['cups.csv', 'a,b'],
    ])
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/rooms/tea#m1'])
    const [message] = await messagesIn(server, anna)
    expect(message).toMatchObject({
      data: 'the list\nof teas',
      files: [
        { name: 'tea.txt', alt: 'Two lists' },
        { name: 'cups.csv', alt: 'Two lists' },
      ],
    })
    const [file] = message?.files ?? []
    expect(String(await bytesOf(server, { cookie: anna.cookie }, file?.id ?? ''))).toBe('green')
  })

  it('sends an image as it is when that is chosen, and keeps the choice of a form that is refused', async (t) => {
    const { server, anna } = await annaInTea(t)
    const photo = new Uint8Array(await withMetadata(picture()).jpeg().toBuffer())
    const send = (fields: Record<string, string>) => submit(server, anna, fields, [['tea.jpg', photo]])
    expect((await send({ key: 'one', data: '' })).answer.status).toBe(303)
    expect((await send({ key: 'two', data: '', asFile: '1' })).answer.status).toBe(303)
    const [cleaned, original] = (await messagesIn(server, anna)).flatMap(({ files = [] }) => files)
    expect(cleaned).toMatchObject({ type: 'image/jpeg', width: expect.any(Number) })
    expect((await bytesOf(server, { cookie: anna.cookie }, cleaned?.id ?? '')).length).toBeLessThan(photo.length)
    expect(original?.width).toBeUndefined()
    expect((await bytesOf(server, { cookie: anna.cookie }, original?.id ?? '')).equals(Buffer.from(photo))).toBe(true)
    const refused = await send({ key: 'three', data: 'x'.repeat(4_001), asFile: '1' })
    expect(refused.body).toMatch(/name="asFile" value="1" checked/)
  })
  it('sends files without a text, and a text without files', async (t) => {
    const { server, anna } = await annaInTea(t)
    // A browser sends an input without a choice as a file without a name.
    expect((await submit(server, anna, { key: 'one', data: 'only words', alt: '' }, [['', '']])).answer.status).toBe(
      303,
    )
    expect((await submit(server, anna, { key: 'two', data: '' }, [['tea.txt', 'green']])).answer.status).toBe(303)
    const [one, two] = await messagesIn(server, anna)
    expect(one).toMatchObject({ data: 'only words' })
    expect(one).not.toHaveProperty('files')
    expect(two).toMatchObject({ data: '', files: [{ name: 'tea.txt' }] })
    const empty = await submit(server, anna, { key: 'three', data: ' ' }, [['', '']])
    expect(empty).toMatchObject({ answer: { status: 400 }, fault: 'A message needs at least one visible character.' })
  })

  it('stores a form that is sent twice once', async (t) => {
    const { server, anna } = await annaInTea(t)
    const twice = await Promise.all(
      [1, 2].map(() => submit(server, anna, { key: 'k', data: 'once' }, [['tea.txt', 'green']])),
    )
    expect(twice.map(({ answer }) => answer.headers.get('location'))).toEqual(['/rooms/tea#m1', '/rooms/tea#m1'])
    expect(await messagesIn(server, anna)).toHaveLength(1)
  })

  it('keeps what was written when files are refused, says the limit, and keeps nothing of the files', async (t) => {
    const { server, anna } = await annaInTea(t, { MAX_FILE_BYTES: '1000', FILE_BYTES_PER_DAY: '100000' })
    const fields = { key: 'k', data: 'my text', alt: 'My description' }
    const large = await submit(server, anna, fields, [['tea.bin', 'x'.repeat(1_001)]])
    expect(large).toMatchObject({ answer: { status: 400 }, text: 'my text', alt: 'My description', key: 'k' })
    expect(large.fault).toBe('A file can have up to 1 kB. Choose your files again.')
    const many = Array.from({ length: 11 }, (_, n): File => [`${n}.txt`, `file ${n}`])
    const tooMany = await submit(server, anna, fields, many)
    expect(tooMany).toMatchObject({ answer: { status: 400 }, text: 'my text' })
    expect(tooMany.fault).toBe('A message has at most 10 files. Choose your files again.')
    const ten = many.slice(0, 10).map(([name]): File => [name, 'x'.repeat(1_000)])
    expect((await submit(server, anna, { ...fields, key: 'ten' }, ten)).answer.status).toBe(303)
    // A guest has a tenth of the bytes of a day.
    const quota = await submit(server, anna, fields, ten)
    expect(quota).toMatchObject({ answer: { status: 400 }, text: 'my text' })
    expect(quota.fault).toContain('You can upload up to 10 kB in 24 hours.')
    expect(await messagesIn(server, anna)).toHaveLength(1)
    expect(usageOf(server)).toBe(10_000)
  })

  it('states the limit that was reached, also when it is that of the server', async (t) => {
    const { server, anna } = await annaInTea(t, { MAX_STORAGE_BYTES: '1000' })
    const { fault } = await submit(server, anna, { data: 'my text', key: 'k' }, [['tea.txt', 'x'.repeat(1_001)]])
    expect(fault).toContain('The files of this server can have 1000 bytes together.')
    expect(fault).not.toContain('24 hours')
  })

  it('discards the files of a message that is refused', async (t) => {
    const { server, anna } = await annaInTea(t)
    const file: File[] = [['tea.txt', 'green']]
    const long = await submit(server, anna, { key: 'k', data: 'x'.repeat(4_001) }, file)
    expect(long).toMatchObject({ answer: { status: 400 }, text: 'x'.repeat(4_001) })
    expect(long.fault).toMatch(/Choose your files again\.$/)
    const command = await submit(server, anna, { key: 'k', data: '/topic Green' }, file)
    expect(command.fault).toBe('Commands can’t have files. Choose your files again.')
    const unknown = await submit(server, anna, { key: 'k', data: '/unknown' }, file)
    expect(unknown).toMatchObject({ answer: { status: 400 }, text: '/unknown' })
    expect(usageOf(server)).toBe(0)
    // The same with a text that can be sent is stored.
    expect((await submit(server, anna, { key: 'k2', data: 'Green' }, file)).answer.status).toBe(303)
    expect(usageOf(server)).toBe(5)
  })

  it('is refused from other sites, from strangers to the room, and from those who are not signed in', async (t) => {
    const { server, anna, chat } = await annaInTea(t)
    const file: File[] = [['tea.txt', 'green']]
    const foreign = await submit(server, anna, { key: 'k', data: 'x' }, file, { Origin: 'http://evil.example' })
    expect(foreign.answer.status).toBe(403)
    expect(foreign.body).toContain('<!doctype html>')
    const nobody = await submit(server, { cookie: '' }, { key: 'k', data: 'x' }, file)
    expect(nobody.answer.headers.get('location')).toBe('/signin?to=%2Frooms%2Ftea')
    expect(await messagesIn(server, anna)).toEqual([])
    await chat.say('tea', 'it exists')
    expect(usageOf(server)).toBe(0)
  })
})

describe('a page whose messages have files', () => {
  it('names what draws them, after what every page has and once', async (t) => {
    const { server, anna } = await annaInTea(t)
    const links = async () => {
      const page = await (await fetch(`${server.url}/rooms/tea`, { headers: { Cookie: anna.cookie } })).text()
      const head = page.replace(/<noscript>[\s\S]*?<\/noscript>/g, '')
      return [...head.matchAll(/<link rel="(stylesheet|modulepreload)" href="([^"]+)">/g)].map(([link]) => link)
    }
    const without = await links()
    await submit(server, anna, { key: 'k', data: '' }, [['tea.txt', 'green']])
    const all = await links()
    const more = all.slice(without.length)
    expect(all.slice(0, without.length)).toEqual(without)
    expect(new Set(all).size).toBe(all.length)
    expect(more.join('\n')).toMatch(/^<link rel="stylesheet" href="[^"]*\/lazy-parts-[\w-]+\.css">\n/)
    expect(more.join('\n')).toMatch(
      /modulepreload[^\n]*\/lazy-parts-[\w-]+\.js[\s\S]*modulepreload[^\n]*\/MessageFiles-/,
    )
    expect(more.join('\n')).not.toMatch(/\/main-/)
  })
})

describe('the page of the files of a room', () => {
  it('lists them, the newest message first, page by page, for those who can view the room', async (t) => {
    const { server, anna } = await annaInTea(t)
    for (let n = 1; n <= 52; n++)
      expect(
        (await submit(server, anna, { key: `k${n}`, data: '' }, [[`tea ${n}.txt`, `green ${n}`]])).answer.status,
      ).toBe(303)
    const pageAt = async (path: string, { cookie }: Pick<Person, 'cookie'> = anna) => {
      const answer = await fetch(server.url + path, { headers: { Cookie: cookie }, redirect: 'manual' })
      const body = await answer.text()
      const names = [...body.matchAll(/<bdi>(tea \d+\.txt)<\/bdi>/g)].map(([, name]) => name)
      return { status: answer.status, body, names, next: /rel="next" href="([^"]+)"/.exec(body)?.[1] }
    }
    const first = await pageAt('/rooms/tea/files')
    expect([first.names.length, first.names[0]]).toEqual([50, 'tea 52.txt'])
    expect(first.body).toContain('href="/rooms/tea/52#m52"')
    const second = await pageAt(first.next ?? '')
    expect([second.names, second.next]).toEqual([['tea 2.txt', 'tea 1.txt'], undefined])
    expect((await pageAt('/rooms/nowhere/files')).status).toBe(404)
    expect((await pageAt('/rooms/tea/files', { cookie: '' })).status).toBe(302)
  })
})
