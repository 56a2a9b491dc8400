import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ask } from '../http/raw-request.ts'
import { read, uploaded } from '../support/clients/uploads.ts'
import { type Cleanup, startServer } from '../support/server/server.ts'

async function withAnna(t: Cleanup) {
  const server = await startServer(t, { RATE_LIMITS: 'off', MIN_FREE_BYTES: '0' })
  const anna = await server.signIn('Anna')
  return { server, by: { cookie: anna.cookie } }
}

const base64 = (text: string) => Buffer.from(text, 'base64')
const png = readFileSync('static/images/icon-192.png')
const gif = base64('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7')
const wav = Buffer.concat([Buffer.from('RIFF'), Buffer.from([36, 0, 0, 0]), Buffer.from('WAVEfmt '), Buffer.alloc(28)])
const mp4 = Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypisom'), Buffer.alloc(12), Buffer.alloc(40)])
const octets = 'application/octet-stream'

/** What is uploaded, with what it claims to be, and how it is served. */
const table: [name: string, claimed: string, bytes: Buffer | string, type: string, disposition: string][] = [
  ['a.png', 'image/png', png, 'image/png', 'inline; filename="a.png"'],
  ['a.gif', 'text/html', gif, 'image/gif', 'inline; filename="a.gif"'],
  ['a.wav', 'audio/wav', wav, 'audio/wav', 'inline; filename="a.wav"'],
  ['a.mp4', 'video/mp4', mp4, 'video/mp4', 'inline; filename="a.mp4"'],
  ['a.txt', 'text/plain', 'green tea', 'text/plain; charset=utf-8', 'inline; filename="a.txt"'],
  [
    '茶.txt',
    'text/plain',
    '绿茶',
    'text/plain; charset=utf-8',
    `inline; filename="_.txt"; filename*=UTF-8''%E8%8C%B6.txt`,
  ],
  ['a.pdf', 'application/pdf', '%PDF-1.7\n%x', 'application/pdf', 'attachment; filename="a.pdf"'],
  ['a.html', 'text/html', '<script>alert(1)</script>', 'text/plain; charset=utf-8', 'attachment; filename="a.html"'],
  ['a.js', 'text/javascript', 'alert(1)', 'text/plain; charset=utf-8', 'attachment; filename="a.js"'],
  [
    'a.svg',
    'image/svg+xml',
    '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    'text/plain; charset=utf-8',
    'attachment; filename="a.svg"',
  ],
  [
    'b.svg',
    'image/svg+xml',
    '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    octets,
    'attachment; filename="b.svg"',
  ],
  // Lies: only the bytes count.
  ['b.png', 'image/png', '<html><script>alert(1)</script>', 'text/plain; charset=utf-8', 'inline; filename="b.png"'],
  ['c.png', 'image/png', Buffer.from([0, 1, 2, 3]), octets, 'attachment; filename="c.png"'],
  ['d.jpg', 'image/jpeg', 'GIF89a/*\0*/=1;alert(1)', octets, 'attachment; filename="d.jpg"'],
  ['a.bin', 'x', Buffer.from([0xff, 0xfe, 0x61, 0x00]), octets, 'attachment; filename="a.bin"'],
  ['empty', 'text/html', '', 'text/plain; charset=utf-8', 'inline; filename="empty"'],
]

describe('a file', () => {
  it('is shown by browsers when its bytes can do nothing, and saved otherwise, whatever it claims to be', async (t) => {
    const { server, by } = await withAnna(t)
    for (const [name, type, bytes, served, disposition] of table) {
      const id = await uploaded(server, by, { name, type, bytes })
      const { status, headers } = await read(server, by, id)
      expect([name, status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
        name,
        200,
        served,
        disposition,
      ])
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "sandbox; default-src 'none'",
        'cache-control': 'private, no-cache',
        'cross-origin-resource-policy': 'same-origin',
      })
    }
  })

  it('is served whole, in part, and as its head', async (t) => {
    const { server, by } = await withAnna(t)
    const id = await uploaded(server, by, { bytes: 'green tea', name: 'a.txt' })
    const path = `/files/${id}/a.txt`
    const part = async (range: string, more = {}) => {
      const { status, headers, body } = await ask(server.port, path, { headers: { ...by, range, ...more } })
      return [status, headers['content-range'], headers['content-length'], body]
    }
    expect(await part('bytes=0-4')).toEqual([206, 'bytes 0-4/9', '5', 'green'])
    expect(await part('bytes=6-')).toEqual([206, 'bytes 6-8/9', '3', 'tea'])
    expect(await part('bytes=-3')).toEqual([206, 'bytes 6-8/9', '3', 'tea'])
    expect(await part('bytes=0-0,2-2')).toEqual([200, undefined, '9', 'green tea'])
    expect((await part('bytes=9-')).slice(0, 2)).toEqual([416, 'bytes */9'])
    const etag = `"${createHash('sha256').update('green tea').digest('hex')}"`
    expect(await part('bytes=0-4', { 'if-range': etag })).toEqual([206, 'bytes 0-4/9', '5', 'green'])
    expect(await part('bytes=0-4', { 'if-range': '"other"' })).toEqual([200, undefined, '9', 'green tea'])
    const head = await ask(server.port, path, { method: 'HEAD', headers: by })
    expect([
      head.status,
      head.headers['content-length'],
      head.headers.etag,
      head.headers['accept-ranges'],
      head.body,
    ]).toEqual([200, '9', etag, 'bytes', ''])
    expect(head.headers['content-type']).toBe('text/plain; charset=utf-8')
  })

  it('is not sent again to a browser that has it, but only while it may be read', async (t) => {
    const { server, by } = await withAnna(t)
    const bo = { cookie: (await server.signIn('Bo')).cookie }
    const id = await uploaded(server, by, { bytes: 'green tea' })
    const etag = (await read(server, by, id)).headers.get('etag') ?? ''
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*'])
      expect((await read(server, by, id, { 'if-none-match': known })).status, known).toBe(304)
    expect((await read(server, by, id, { 'if-none-match': '"x"' })).status).toBe(200)
    expect((await read(server, bo, id, { 'if-none-match': etag })).status).toBe(404)
  })

  it('has a name without a path, controls and marks that turn text around', async (t) => {
    const { server, by } = await withAnna(t)
    const names: [claimed: string, kept: string][] = [
      ['../../etc/passwd', 'passwd'],
      ['C:\\Users\\anna\\tea.txt', 'tea.txt'],
      ['a/b/', 'file'],
      ['..', 'file'],
      ['', 'file'],
      ['green\r\ntea.txt', 'green tea.txt'],
      ['a\0b.txt', 'ab.txt'],
      ['photo\u202egpj.exe', 'photogpj.exe'],
      ['\u2067tea\u2069.txt', 'tea.txt'],
      ['.htaccess', '.htaccess'],
      ['con.txt', 'con.txt'],
      ['👩‍👩‍👧 🏴󠁧󠁢󠁳󠁣󠁴󠁿.png', '👩‍👩‍👧 🏴󠁧󠁢󠁳󠁣󠁴󠁿.png'],
      [`${'x'.repeat(300)}.txt`, `${'x'.repeat(251)}.txt`],
      [`${'茶'.repeat(300)}.txt`, `${'茶'.repeat(83)}.txt`],
      [`${'👩‍👩‍👧'.repeat(30)}.png`, `${'👩‍👩‍👧'.repeat(13)}.png`],
      ['cafe\u0301.txt', 'caf\u00e9.txt'],
      ['"quo\\ted".txt', 'ted".txt'],
    ]
    for (const [claimed, kept] of names) {
      const id = await uploaded(server, by, { name: claimed, bytes: 'tea' })
      const disposition = (await read(server, by, id)).headers.get('content-disposition') ?? ''
      const [, ascii, utf8] = /^inline; filename="([^"]*)"(?:; filename\*=UTF-8''(\S+))?$/.exec(disposition) ?? []
      expect([claimed, utf8 === undefined ? ascii : decodeURIComponent(utf8)]).toEqual([claimed, kept])
    }
  })

  it('is read at any name, and only at a whole id', async (t) => {
    const { server, by } = await withAnna(t)
    const id = await uploaded(server, by, { bytes: 'green tea' })
    const status = async (path: string) => (await ask(server.port, path, { headers: by })).status
    expect(await status(`/files/${id}/..%2f..%2fetc%2fpasswd`)).toBe(200)
    expect(await status(`/files/${id}/%e8%8c%b6`)).toBe(200)
    for (const path of [
      `/files/${id}`,
      `/files/${id}/a/b`,
      `/files/${id.toUpperCase()}/a`,
      `/files/${id.slice(1)}/a`,
      '/files/..%2fx/a',
    ])
      expect(await status(path), path).toBe(404)
  })
})
