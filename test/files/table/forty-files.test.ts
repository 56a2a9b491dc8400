/** What becomes of each of these files, from the upload to its headers. The result stands in `docs/files.md`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import type { FileInfo } from '../../../src/shared/protocol/types.ts'
import { bytesOf, read, uploaded } from '../../support/clients/uploads.ts'
import { type Cleanup, startServer } from '../../support/server/server.ts'
import { secret } from '../images/samples.ts'
import { byContent, names, type Sent } from './forty-files.ts'

const document = readFileSync(join(import.meta.dirname, '../../../docs/files.md'), 'utf8')

/** Of all of them. */
const headers = {
  'accept-ranges': 'bytes',
  'cache-control': 'private, no-cache',
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

async function withAnna(t: Cleanup) {
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
  const anna = await server.signIn('Anna')
  const by = { cookie: anna.cookie }
  const chat = await anna.connect()
  await chat.open('lobby')
  let count = 0
  /** As its message has it, with the answers to who asks for it. */
  async function send({ name, asFile }: Omit<Sent, 'title' | 'make'>, bytes: Buffer) {
    const id = await uploaded(server, by, { name, bytes, metadata: asFile ? { asFile: '1' } : {} })
    chat.send({ type: 'chat', room: 'lobby', key: `file ${count++}`, data: '', files: [id] })
    const { files } = await chat.next('chat')
    const info = files?.[0] as FileInfo
    const answer = await read(server, by, id)
    expect(Object.fromEntries(answer.headers), name).toMatchObject({ ...headers, 'content-length': String(info.bytes) })
    await answer.body?.cancel()
    const preview = await fetch(`${server.url}/files/${id}/x?preview=small`, { headers: by })
    return { info, answer, preview, stored: await bytesOf(server, by, id) }
  }
  return { send }
}

function tableOf(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |\n`
  return [head, head.map(() => '---'), ...rows].map(line).join('')
}

/** The one with the same head. */
function tableIn(document: string, table: string): string {
  const start = document.indexOf(table.slice(0, table.indexOf('\n') + 1))
  return document.slice(start, document.indexOf('\n\n', start) + 1)
}

const code = (text: string) => `\`${text}\``

/** A name with what cannot be seen written out, and repeated letters counted. */
function written(name: string): string {
  return name
    .replace(/[\p{Cc}\u202e]/gu, (unseen) => `\\u${(unseen.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
    .replace(/(.)\1{20,}/gu, (run, letter: string) => `${letter}…(${[...run].length})`)
    .replace(
      /(%[0-9A-F]{2}%[0-9A-F]{2}%[0-9A-F]{2})\1{20,}/g,
      (run, letter: string) => `${letter}…(${run.length / letter.length})`,
    )
    .replaceAll('|', '\\|')
}

it('forty files › are stored, shown and served as docs/files.md says', async (t) => {
  const { send } = await withAnna(t)
  const rows: string[][] = []
  for (const { title, make, ...sent } of byContent) {
    const bytes = await make()
    const { info, answer, preview, stored } = await send(sent, bytes)
    const isCleaned = !stored.equals(bytes)
    if (isCleaned) expect(stored.includes(secret), title).toBe(false)
    const { width, height } = info
    const shown = width ? `image, ${width} × ${height}` : 'file'
    const small = preview.status === 200 ? await sharp(Buffer.from(await preview.arrayBuffer())).metadata() : undefined
    if (!small) expect([title, preview.status]).toEqual([title, 404])
    if (small) expect([title, small.format, small.width, small.height]).toEqual([title, 'webp', width, height])
    const [disposition = ''] = answer.headers.get('content-disposition')?.split(';') ?? []
    rows.push([
      title,
      code(sent.name),
      isCleaned ? 'without metadata' : stored.includes(secret) ? 'as it was, with its metadata' : 'as it was',
      shown,
      small ? 'yes' : 'no',
      code(answer.headers.get('content-type') ?? ''),
      disposition,
    ])
  }
  const table = tableOf(['file', 'name', 'stored', 'shown as', 'preview', '`Content-Type`', 'browsers'], rows)
  expect(byContent.length + names.length).toBeGreaterThanOrEqual(40)
  expect(tableIn(document, table), 'as it is in docs/files.md').toBe(table)
})

it('forty files › have names as docs/files.md says', async (t) => {
  const { send } = await withAnna(t)
  const rows: string[][] = []
  for (const [title, name] of names) {
    const { info, answer } = await send({ name }, Buffer.from('green tea'))
    rows.push([
      title,
      code(written(name)),
      code(written(info.name)),
      code(written(answer.headers.get('content-disposition') ?? '')),
    ])
  }
  const table = tableOf(['name with', 'sent', 'kept', '`Content-Disposition`'], rows)
  expect(tableIn(document, table), 'as it is in docs/files.md').toBe(table)
})
