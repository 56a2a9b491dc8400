/** `docs/examples/page.html`, on a server of its own beside the chat. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { root } from '../../../support/run/sources.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

async function serveExample(t: Cleanup): Promise<string> {
  const html = readFileSync(join(root, 'docs/examples/page.html'))
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('example page', () => {
  it('shows the lobby and writes in it, from an origin that is allowed', async (t) => {
    const origin = await serveExample(t)
    const server = await startServer(t, { ALLOWED_ORIGINS: origin })
    const bo = await (await server.signIn('Bo')).connect()
    await bo.open('lobby')
    await bo.say('lobby', '<b>before</b>')
    const { context } = await visit(t, await sharedBrowser(), server, 'Li')
    const page = await context.newPage()
    await page.goto(`${origin}/page.html?server=${server.url}`)
    await page.getByText('Bo: <b>before</b>').waitFor()
    await page.getByLabel('Message').fill('hello')
    await page.keyboard.press('Enter')
    await page.getByText('Li: hello').waitFor()
    expect(await bo.nextWhere(({ data }) => data === 'hello')).toMatchObject({ user: { name: 'Li' } })
  })

  it('is let in from no other origin', async (t) => {
    const origin = await serveExample(t)
    const server = await startServer(t)
    const { context } = await visit(t, await sharedBrowser(), server, 'Li')
    const page = await context.newPage()
    await page.goto(`${origin}/page.html?server=${server.url}`)
    await page.getByText('Closed: 1006').waitFor()
  })
})
