/** The search, without JavaScript. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { textOf } from '../support/clients/visitor.ts'
import { fileId } from '../support/files.ts'
import { den, tea } from '../support/server/populate.ts'
import { bosFiles, startPopulatedServer } from '../support/server/populated-server.ts'

describe('page of the search', () => {
  it('finds what the user can view, with its words marked and a link to its place', async (t) => {
    const { anna, bo, eve, server } = await startPopulatedServer(t)
    await bo.does({ type: 'chat', room: den, data: '*Oolong* <b>上海</b>' })
    await bo.does({ type: 'chat', room: tea, data: 'more oolong' })
    expect((await anna.visitor.get(`/rooms/${tea}`)).body).toContain('href="/search"')
    expect((await anna.visitor.get('/search')).body).toContain('name="q"')
    const { body, status } = await anna.visitor.get(`/search?q=${encodeURIComponent('oolong')}`)
    expect(status).toBe(200)
    expect(body).toContain('<mark>Oolong</mark> &lt;b&gt;上海&lt;/b&gt;')
    expect(body).toContain(`href="/rooms/${encodeURIComponent(den)}/1#m1"`)
    expect(textOf(body)).toContain('The den')
    const theirs = (await eve.visitor.get('/search?q=oolong')).body
    expect(theirs).toContain('more <mark>oolong</mark>')
    expect(theirs).not.toContain('上海')
    expect((await fetch(`${server.url}/search?q=oolong`, { redirect: 'manual' })).status).toBe(302)
  })

  it('leads to older messages', async (t) => {
    const { anna, bo } = await startPopulatedServer(t)
    for (let i = 0; i < 51; i++) await bo.does({ type: 'chat', room: tea, data: `a&b cup ${i}` })
    const first = (await anna.visitor.get('/search?q=a%26b')).body
    const [, next = ''] = /rel="next" href="([^"]*)"/.exec(first) ?? []
    const second = (await anna.visitor.get(next.replaceAll('&amp;', '&'))).body
    expect(textOf(second)).toContain('cup 0')
    expect(second).not.toContain('rel="next"')
  })

  it('says that nothing was found, and what is wrong with a query', async (t) => {
    const { anna } = await startPopulatedServer(t)
    expect(textOf((await anna.visitor.get('/search?q=nothing')).body)).toContain('No messages found')
    const refused = await anna.visitor.get('/search?q=has:cake%22%3E')
    expect(refused.status).toBe(400)
    expect(refused.body).toContain('role="alert"')
    expect(refused.body).toContain('value="has:cake&quot;&gt;"')
    const tooMany = await anna.visitor.get(`/search?q=${encodeURIComponent('aa* ab* ac* ad* ae*')}`)
    expect(tooMany.status).toBe(400)
    expect(textOf(tooMany.body)).toContain('at most 4 words that end with an asterisk')
    expect((await anna.visitor.get('/search?q=a&q=b')).status).toBe(200)
  })
})

describe('page of the admins', () => {
  it('says how much is still to be indexed, and nothing once all is', async (t) => {
    const { ada, bo, server } = await startPopulatedServer(t)
    await bo.does({ type: 'chat', room: tea, data: 'see', files: [fileId(bosFiles[0] ?? 0)] })
    const shown = async () => textOf((await ada.visitor.get('/admin')).body).replace(/\s+/g, ' ')
    expect(await shown()).not.toMatch(/Older messages indexed|Text files still to index/)
    const database = new DatabaseSync(join(server.dataDir, 'teahouse.db'))
    database.exec('update search_state set reserved = 1000, next = 250')
    // The server tries none of them before that time.
    database.exec(`update files set text_waits = ${Number.MAX_SAFE_INTEGER} where id = '${fileId(bosFiles[0] ?? 0)}'`)
    database.close()
    const progress = await shown()
    expect(progress).toContain('Older messages indexed 750 of 1,000')
    expect(progress).toContain('Text files still to index 1')
  })
})
