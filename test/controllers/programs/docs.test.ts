/** The page about the protocol, and its documents for programs. */
import { describe, expect, it } from 'vitest'
import { commands } from '../../../src/shared/protocol/commands.ts'
import { ask } from '../../http/raw-request.ts'
import { textOf } from '../../support/clients/visitor.ts'
import { startServer } from '../../support/server/server.ts'

describe('the page about the protocol', () => {
  it('is shown without a session, in English within a frame of the reader’s language', async (t) => {
    const { port } = await startServer(t)
    const english = await ask(port, '/docs', { headers: { 'Accept-Language': 'en' } })
    expect([english.status, textOf(english.body)]).toEqual([200, expect.stringContaining('Protocol and API')])
    const chinese = await ask(port, '/docs', { headers: { Cookie: 'language=zh; theme=dark' } })
    expect(chinese.body).toMatch(/<html lang="zh-CN" data-theme="dark"[\s\S]*<main [^>]*lang="en">/)
    expect(textOf(chinese.body)).toContain('协议与 API')
    expect(textOf(chinese.body)).toContain('Sends a message.')
  })
  it('has a heading for each command, and every link within it leads to one', async (t) => {
    const { port } = await startServer(t)
    const { body } = await ask(port, '/docs')
    const ids = new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
    for (const type of Object.keys(commands)) expect(ids).toContain(`command-${type}`)
    const targets = [...body.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target)
    expect(targets.length).toBeGreaterThan(Object.keys(commands).length)
    expect(targets.filter((target) => !ids.has(target))).toEqual([])
    expect([...body.matchAll(/ id="([^"]+)"/g)]).toHaveLength(ids.size)
  })
  it('loads nothing from elsewhere, and has no script of its own in it', async (t) => {
    const { port } = await startServer(t)
    const { body, headers } = await ask(port, '/docs')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(
      [...body.matchAll(/(?:src|<link [^>]*href)="([^"]+)"/g)].filter(([, url = '']) => !url.startsWith('/')),
    ).toEqual([])
    expect(body).not.toMatch(/<script(?![^>]* src=)/)
    expect(body).not.toMatch(/ style="/)
  })
  it('is linked from the sign-in page', async (t) => {
    const { port } = await startServer(t)
    expect((await ask(port, '/signin')).body).toContain('href="/docs"')
  })
})

describe.for(['asyncapi', 'openapi'])('/docs/%s.json', (name) => {
  it('is JSON, and the same for everybody', async (t) => {
    const { port } = await startServer(t)
    const path = `/docs/${name}.json`
    const [one, two] = await Promise.all([ask(port, path), ask(port, path, { headers: { 'Accept-Language': 'zh' } })])
    expect([one.status, one.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
    expect(JSON.parse(one.body)[name]).toBe('3.1.0')
    expect(two.body).toBe(one.body)
  })
  it('has an ETag: who has it already gets 304, and who has another one gets it', async (t) => {
    const { port } = await startServer(t)
    const path = `/docs/${name}.json`
    const { etag = '', 'cache-control': cache } = (await ask(port, path)).headers
    expect([etag, cache]).toEqual([expect.stringMatching(/^"[\w-]{22}"$/), 'public, max-age=0, must-revalidate'])
    for (const known of [etag, `W/${etag}`]) {
      const again = await ask(port, path, { headers: { 'If-None-Match': known } })
      expect([again.status, again.body, again.headers.etag]).toEqual([304, '', etag])
    }
    expect((await ask(port, path, { headers: { 'If-None-Match': '"other"' } })).status).toBe(200)
    const head = await ask(port, path, { method: 'HEAD' })
    expect([head.status, head.body, head.headers.etag]).toEqual([200, '', etag])
    expect((await ask(port, path, { method: 'POST' })).status).toBe(405)
  })
})
