/** What other programs share with the installed page, where no service worker takes it. */
import { describe, expect, it } from 'vitest'
import { textOf } from '../support/clients/visitor.ts'
import { tea } from '../support/server/populate.ts'
import { startPopulatedServer } from '../support/server/populated-server.ts'

const evil = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }

async function share(url: string, cookie: string, fields: Record<string, string>, files = 0, headers = {}) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (let i = 0; i < files; i++) form.append('files', new File(['x'.repeat(200_000)], `leaf-${i}.txt`))
  const answer = await fetch(`${url}/share`, {
    method: 'POST',
    headers: { ...(cookie && { Cookie: cookie }), ...headers },
    body: form,
    redirect: 'manual',
  })
  const body = await answer.text()
  const [, text] = /<textarea[^>]*>\n([\s\S]*?)<\/textarea>/.exec(body) ?? []
  const [, key = ''] = /name="key" value="([^"]*)"/.exec(body) ?? []
  return { status: answer.status, body, text, key, told: textOf(body) }
}

describe('page of what is shared', () => {
  it('has the text, and sends it to the room that is chosen, once', async (t) => {
    const { anna, server } = await startPopulatedServer(t)
    const { cookie } = anna.visitor
    const shared = { title: 'Teas', text: '<b>the list</b>\r\nof teas', url: 'https://tea.example/' }
    const { status, text, key, body } = await share(server.url, cookie, shared)
    expect(status).toBe(200)
    expect(text).toBe('Teas\n&lt;b&gt;the list&lt;/b&gt;\nof teas\nhttps://tea.example/')
    const action = `/rooms/${encodeURIComponent(tea)}/files/message`
    expect(body).toContain(`formaction="${action}"`)
    for (let i = 0; i < 2; i++) {
      const sent = await anna.visitor.post(action, { key, data: 'Teas' })
      expect([sent.status, sent.headers.location]).toEqual([303, `/rooms/${encodeURIComponent(tea)}#m1`])
    }
  })

  it('sends nothing by itself, also for a page of another site, which may only fill the form', async (t) => {
    const { anna, server } = await startPopulatedServer(t)
    const { cookie } = anna.visitor
    const { text, told } = await share(server.url, cookie, { text: 'buy this' }, 0, evil)
    expect(text).toBe('buy this')
    expect(told).toContain('Send to')
    expect((await anna.visitor.get(`/rooms/${tea}`)).body).not.toContain('buy this')
    // What does send is for our own pages only.
    const send = await fetch(`${server.url}/rooms/${encodeURIComponent(tea)}/files/message`, {
      method: 'POST',
      headers: { Cookie: cookie, ...evil },
      body: new URLSearchParams({ key: 'k', data: 'buy this' }),
    })
    expect(send.status).toBe(403)
  })

  it('says that files are to be chosen again, and reads none of them', async (t) => {
    const { anna, server } = await startPopulatedServer(t)
    const { told, text } = await share(server.url, anna.visitor.cookie, { text: 'two leaves' }, 2)
    expect(told).toContain('Choose them again')
    expect(text).toBe('two leaves')
    expect((await share(server.url, anna.visitor.cookie, { text: 'none' })).told).not.toContain('Choose them again')
  })

  it('waits for someone who is signed out: the text is still there when they have signed in', async (t) => {
    const { anna, server } = await startPopulatedServer(t)
    const before = await share(server.url, '', { title: 'Teas', text: '"two" leaves' }, 1)
    expect(before.status).toBe(200)
    expect(before.text).toBe(undefined)
    expect(before.told).toContain('signed out')
    expect(before.body).toContain('name="text" value="&quot;two&quot; leaves"')
    expect(before.body).not.toContain('formaction')
    const after = await share(server.url, anna.visitor.cookie, { title: 'Teas', text: '"two" leaves', had: '1' })
    expect(after.text).toBe('Teas\n&quot;two&quot; leaves')
    expect(after.told).toContain('Choose them again')
  })

  it('offers no room in which one cannot write, and no room of others', async (t) => {
    const { anna, eve, server } = await startPopulatedServer(t)
    const mine = (await anna.visitor.get('/share')).body
    const theirs = (await eve.visitor.get('/share')).body
    expect(mine).toContain('The den')
    expect(theirs).not.toContain('The den')
    await anna.does({ type: 'change', room: tea, archived: true }).catch(() => {})
    expect((await fetch(`${server.url}/share`)).status).toBe(200)
  })

  it('refuses what is no form', async (t) => {
    const { anna, server } = await startPopulatedServer(t)
    const headers = { Cookie: anna.visitor.cookie, 'Content-Type': 'multipart/form-data; boundary=x' }
    const broken = await fetch(`${server.url}/share`, { method: 'POST', headers, body: '--x\r\n' })
    expect(broken.status).toBe(400)
  })
})
