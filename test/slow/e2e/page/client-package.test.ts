/** `teahouse-client` in a page of another origin. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../../../clients/js/build.ts'
import { botNamed } from '../../../support/clients/bots.ts'
import { sharedBrowser, visit } from '../../../support/clients/browser.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'teahouse-client-page-'))
const built = join(folder, 'teahouse-client.js')
beforeAll(() => bundle(built))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const html = `<!doctype html><title>Page</title><p id="said"></p><script type="module">
import { connect } from './teahouse-client.js'
const chat = connect(JSON.parse(decodeURIComponent(location.hash.slice(1))))
chat.on('chat', ({ user, data }) => { document.querySelector('#said').textContent += user.name + ': ' + data + ';' })
await chat.send('lobby', 'hello')
</script>`

async function servePage(t: Cleanup): Promise<string> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/teahouse-client.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? readFileSync(built) : html)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('client package in a page of an allowed origin', () => {
  it.for([
    { as: 'the user of the browser, over a WebSocket', name: 'Li', sockets: ['/ws/chat'] },
    { as: 'a bot by its token, over HTTP', name: 'Bot', sockets: [] },
  ])('is $as', async ({ name, sockets }, t) => {
    const origin = await servePage(t)
    const server = await startServer(t, { ALLOWED_ORIGINS: origin })
    const { token } = await botNamed(server, 'Bot')
    const { context } = await visit(t, await sharedBrowser(), server, 'Li')
    const page = await context.newPage()
    const opened: string[] = []
    page.on('websocket', (socket) => opened.push(new URL(socket.url()).pathname))
    const options = { url: server.url, ...(name === 'Bot' && { token }) }
    await page.goto(`${origin}/#${encodeURIComponent(JSON.stringify(options))}`)
    await page.getByText(`${name}: hello;`).waitFor()
    expect(opened).toEqual(sockets)
  })
})
