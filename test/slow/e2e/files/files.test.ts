/** Files: attached in the composer, shown in messages, opened in the viewer. Against the real server. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import {
  choose,
  composer,
  context,
  focused,
  log,
  say,
  seesMessage,
  topOf,
  unsent,
} from '../../../support/clients/page.ts'
import { append, bytesOf } from '../../../support/clients/uploads.ts'
import { type Cleanup, startServer, type TestServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const attached = (page: Page) => page.getByRole('list', { name: 'Attached files' })
const tile = (page: Page, name: string) => log(page).getByRole('link', { name })

const text = (name: string, content = 'Oolong, three minutes.') => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(content),
})

/** A sound of so many seconds: 16 bits, 8,000 times a second. */
function silence(seconds: number): Buffer {
  const bytes = seconds * 16_000
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + bytes, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(8_000, 24)
  header.writeUInt32LE(16_000, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(bytes, 40)
  return Buffer.concat([header, Buffer.alloc(bytes)])
}

async function pick(page: Page, ...files: { name: string; mimeType: string; buffer: Buffer }[]) {
  await page.locator('input[type=file]').setInputFiles(files)
  for (const { name } of files) await attached(page).getByText(name).waitFor()
}

/** A PNG of one colour, drawn by the browser. */
async function png(page: Page, name: string, [width, height]: [number, number], color: string) {
  const base64 = await page.evaluate(
    async ({ width, height, color }) => {
      const canvas = Object.assign(document.createElement('canvas'), { width, height })
      const context = canvas.getContext('2d')
      if (context) context.fillStyle = color
      context?.fillRect(0, 0, width, height)
      return canvas.toDataURL('image/png').split(',')[1] ?? ''
    },
    { width, height, color },
  )
  return { name, mimeType: 'image/png', buffer: Buffer.from(base64, 'base64') }
}

async function sendImages(page: Page, count: number, alt?: string) {
  const images = await Promise.all(
    Array.from({ length: count }, (_, n) =>
      png(page, `cup-${n}.png`, [800, 600], ['#7a9e6b', '#b5832a', '#2b5c86'][n % 3] ?? ''),
    ),
  )
  await pick(page, ...images)
  if (alt) await attached(page).getByRole('textbox').first().fill(alt)
  await expect.poll(() => attached(page).getByText('Uploaded').count()).toBe(count)
  await page.locator('.composer-send').click()
}

async function twoPeople(t: Cleanup, settings: Record<string, string> = {}) {
  const server = await startServer(t, { RATE_LIMITS: 'off', ...settings })
  const { page: anna, context } = await visit(t, browser, server, 'Anna')
  const { page: bo } = await visit(t, browser, server, 'Bo')
  return { server, anna, bo, context }
}

describe('files', () => {
  it('are attached, uploaded and sent with a text, and others see and download them', async (t) => {
    const { anna, bo } = await twoPeople(t)
    await pick(anna, text('tea.txt'), text('cups.csv', 'a,b\n1,2'))
    await expect.poll(() => attached(anna).getByText('Uploaded').count()).toBe(2)
    await say(anna, 'the list')
    await seesMessage(bo, 'the list')
    await tile(bo, 'tea.txt').waitFor()
    expect(await tile(bo, 'cups.csv').count()).toBe(1)
    expect(await attached(anna).count()).toBe(0)
    const href = await tile(bo, 'tea.txt').getAttribute('href')
    expect(await bo.evaluate(async (path) => (await fetch(path ?? '')).text(), href)).toBe('Oolong, three minutes.')
  })

  it('are sent without a text, and are still there after a reload', async (t) => {
    const { anna, bo } = await twoPeople(t)
    await pick(anna, text('alone.txt'))
    await anna.locator('.composer-send').click()
    await tile(bo, 'alone.txt').waitFor()
    await bo.reload()
    await takenOver(bo)
    await tile(bo, 'alone.txt').waitFor()
  })
})

describe('an image that is sent as a file', () => {
  it('keeps its metadata, and is shown as a file', async (t) => {
    const { anna, bo } = await twoPeople(t)
    const photo = await sharp({ create: { width: 80, height: 60, channels: 3, background: '#7a9e6b' } })
      .withExif({ IFD0: { Make: 'Teapot' } })
      .jpeg()
      .toBuffer()
    await pick(anna, { name: 'tea.jpg', mimeType: 'image/jpeg', buffer: photo })
    await attached(anna)
      .getByRole('checkbox', { name: /original as a file/ })
      .check()
    await expect.poll(() => attached(anna).getByText('Uploaded').count()).toBe(1)
    await anna.locator('.composer-send').click()
    const href = await tile(bo, 'tea.jpg').getAttribute('href')
    const { status, bytes } = await bo.evaluate(async (path) => {
      const response = await fetch(path ?? '')
      return { status: response.status, bytes: [...new Uint8Array(await response.arrayBuffer())] }
    }, href)
    expect([status, Buffer.from(bytes).equals(photo)]).toEqual([200, true])
    expect(await log(bo).locator('.file-image').count()).toBe(0)
  })
})

describe('images', () => {
  const viewer = (page: Page) => page.locator('dialog.viewer')

  it('have their place before they are loaded, and open in a viewer that the keyboard moves in', async (t) => {
    const { anna, bo } = await twoPeople(t)
    await sendImages(anna, 6)
    const image = log(bo).getByRole('link', { name: /^Open image: .cup-0\.png/ })
    await image.waitFor()
    expect(await log(bo).locator('.file-image').count()).toBe(4)
    await log(bo).getByText('+2').waitFor()
    await image.focus()
    await bo.keyboard.press('Enter')
    await viewer(bo).getByText('1 of 6').waitFor()
    await bo.keyboard.press('ArrowRight')
    await viewer(bo).getByRole('img', { name: 'cup-1.png' }).waitFor()
    await bo.keyboard.press('End')
    await viewer(bo).getByText('6 of 6').waitFor()
    await bo.keyboard.press('ArrowRight')
    await viewer(bo).getByText('6 of 6').waitFor()
    await bo.keyboard.press('Home')
    await viewer(bo).getByText('1 of 6').waitFor()
    await bo.keyboard.press('+')
    await viewer(bo).getByRole('button', { name: 'Zoom out' }).waitFor()
    const href = await viewer(bo).getByRole('link', { name: 'Download' }).getAttribute('href')
    expect(href).toMatch(/^\/files\/[0-9a-f]{32}\/cup-0\.png$/)
    await bo.keyboard.press('Escape')
    await viewer(bo).waitFor({ state: 'detached' })
    expect(await focused(bo)).toMatch(/^Open image: .cup-0\.png/)
  })

  it('do not move the messages below when their bytes come', async (t) => {
    const { anna, bo } = await twoPeople(t)
    const { promise: mayCome, resolve: come } = Promise.withResolvers<void>()
    await bo.route('**/files/**', async (route) => {
      await mayCome
      await route.continue()
    })
    await sendImages(anna, 1)
    await say(anna, 'below')
    await seesMessage(bo, 'below')
    const image = log(bo).locator('.file-image img')
    const below = log(bo).getByText('below')
    const isLoaded = () => image.evaluate((one) => (one as HTMLImageElement).naturalWidth > 0)
    expect(await isLoaded(), 'the image must come late for this test to mean anything').toBe(false)
    const before = await topOf(below)
    const place = await image.boundingBox()
    come()
    await expect.poll(isLoaded).toBe(true)
    expect(await topOf(below)).toBe(before)
    expect(await image.boundingBox()).toEqual(place)
    expect(place?.height).toBeGreaterThan(100)
  })

  it('do not move the messages below when the script takes over', async (t) => {
    const { anna, bo } = await twoPeople(t)
    await sendImages(anna, 1)
    await say(anna, 'below')
    await seesMessage(bo, 'below')
    // The part that draws files comes late.
    const { promise, resolve } = Promise.withResolvers<void>()
    await bo.route(/MessageFiles[^/]*\.js/, async (route) => {
      await promise
      await route.continue()
    })
    await bo.reload({ waitUntil: 'domcontentloaded' })
    await takenOver(bo)
    const height = () => bo.locator('.message-files').evaluate((one) => Math.round(one.getBoundingClientRect().height))
    expect(await bo.locator('.file-image').count()).toBe(0)
    const before = await height()
    resolve()
    await bo.locator('.file-image').waitFor()
    expect(Math.abs((await height()) - before)).toBeLessThanOrEqual(8)
    expect(before).toBeGreaterThan(300)
  })

  it('are read out by their description', async (t) => {
    const { server, anna, bo } = await twoPeople(t)
    await pick(anna, await png(anna, 'pot.png', [400, 300], '#7a9e6b'))
    await expect.poll(() => attached(anna).getByText('Uploaded').count()).toBe(1)
    const before = await idsOf(server)
    await attached(anna).getByRole('textbox').fill('A green pot')
    await say(anna, 'look')
    await seesMessage(bo, 'look')
    // The description was typed after the upload: it comes with the message, and nothing is uploaded again.
    const link = log(bo).locator('.message-files a')
    await link.waitFor()
    expect(before).toContain((await link.getAttribute('href'))?.split('/')[2])
    const [file] = rowsOf(server)
    expect(file).toMatchObject({ name: 'pot.png', alt: 'A green pot' })
  })

  it('get another description by editing their message', async (t) => {
    const { server, anna, bo } = await twoPeople(t)
    await sendImages(anna, 1, 'A pot')
    await log(bo).getByRole('link', { name: 'Open image: A pot' }).waitFor()
    await choose(anna, 1, 'Edit')
    await context(anna).waitFor()
    const field = attached(anna).getByRole('textbox')
    expect(await field.inputValue()).toBe('A pot')
    await field.fill('A green pot')
    await composer(anna).press('Enter')
    await log(bo).getByRole('link', { name: 'Open image: A green pot' }).waitFor()
    expect(rowsOf(server)).toMatchObject([{ alt: 'A green pot' }])
  })
})

function rowsOf({ dataDir }: TestServer) {
  const db = new DatabaseSync(join(dataDir, 'teahouse.db'), { readOnly: true })
  const rows = db.prepare('SELECT id, name, alt FROM files WHERE message_id IS NOT NULL').all()
  db.close()
  return rows
}

function idsOf({ dataDir }: TestServer) {
  const db = new DatabaseSync(join(dataDir, 'teahouse.db'), { readOnly: true })
  const ids = db.prepare('SELECT id FROM files').all()
  db.close()
  return ids.map(({ id }) => id)
}

describe('attached files', () => {
  it('are pasted and dropped; a text that is pasted with its picture stays a text', async (t) => {
    const { anna } = await twoPeople(t)
    const transfer = (types: string[]) =>
      anna.evaluateHandle((types) => {
        const data = new DataTransfer()
        if (types.includes('text')) data.setData('text/plain', 'words')
        data.items.add(new File(['tea'], 'pasted.txt', { type: 'text/plain' }))
        return data
      }, types)
    await anna.locator('.composer-attach input').waitFor({ state: 'attached' })
    await composer(anna).evaluate(
      (box, data) => box.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true })),
      await transfer(['text']),
    )
    expect(await attached(anna).count()).toBe(0)
    await composer(anna).evaluate(
      (box, data) => box.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true })),
      await transfer([]),
    )
    await attached(anna).getByText('pasted.txt').waitFor()
    const dropped = await transfer([])
    await anna.dispatchEvent('.log', 'dragenter', { dataTransfer: dropped })
    await anna.getByText('Drop files to attach them').waitFor()
    await anna.dispatchEvent('.log', 'drop', { dataTransfer: dropped })
    await expect.poll(() => attached(anna).getByText('pasted.txt').count()).toBe(2)
    expect(await anna.getByText('Drop files to attach them').count()).toBe(0)
  })

  it('are removed again, and are not sent', async (t) => {
    const { anna, bo } = await twoPeople(t)
    await pick(anna, text('one.txt'), text('two.txt'))
    await attached(anna)
      .getByRole('button', { name: /^Remove .one\.txt/ })
      .click()
    await say(anna, 'only two')
    await seesMessage(bo, 'only two')
    await tile(bo, 'two.txt').waitFor()
    expect(await tile(bo, 'one.txt').count()).toBe(0)
  })

  it('say the limit of the server that refused them', async (t) => {
    const { anna } = await twoPeople(t, { MAX_FILE_BYTES: '1000' })
    await pick(anna, { name: 'large.bin', mimeType: 'application/octet-stream', buffer: randomBytes(2000) })
    const alert = attached(anna).getByRole('alert')
    await alert.waitFor()
    expect(await alert.innerText()).toMatch(/1,?000|1 KB/)
  })

  it('are kept over a reload, before and after they are sent', async (t) => {
    const { anna, bo, context } = await twoPeople(t)
    await pick(anna, text('draft.txt'))
    await anna.reload()
    await takenOver(anna)
    await attached(anna).getByText('draft.txt').waitFor()
    await context.setOffline(true)
    await say(anna, 'written offline')
    await say(anna, 'and another')
    await unsent(anna).getByText('draft.txt').waitFor()
    await context.setOffline(false)
    await seesMessage(bo, 'and another')
    await tile(bo, 'draft.txt').waitFor()
    expect(await log(bo).locator('.message-text').allInnerTexts()).toEqual(['written offline', 'and another'])
  })

  it('go on where a broken connection has left them', async (t) => {
    const { anna, bo, context } = await twoPeople(t)
    let broken = 0
    await anna.route(/\/rooms\/lobby\/files\/.+/, async (route) => {
      if (route.request().method() === 'PATCH' && broken++ === 0) return await route.abort('connectionreset')
      await route.continue()
    })
    await pick(anna, { name: 'big.bin', mimeType: 'application/octet-stream', buffer: randomBytes(300_000) })
    await say(anna, 'with a big file')
    await seesMessage(bo, 'with a big file')
    await tile(bo, 'big.bin').waitFor()
    expect(broken).toBe(2)
    expect(await context.pages()).toHaveLength(1)
  })

  it('are played from where their listener wants, with a part of their bytes', async (t) => {
    const { anna, bo } = await twoPeople(t)
    await pick(anna, { name: 'song.wav', mimeType: 'audio/wav', buffer: silence(1_200) })
    await anna.locator('.composer-send').click()
    const audio = log(bo).locator('audio')
    await audio.waitFor()
    const isPart = (range = '') => /^bytes [1-9]\d*-\d+\/19200044$/.test(range)
    const part = bo.waitForResponse((answer) => answer.status() === 206 && isPart(answer.headers()['content-range']))
    const seconds = await audio.evaluate(async (one) => {
      const player = one as HTMLAudioElement
      player.preload = 'auto'
      player.load()
      await new Promise((resolve) => player.addEventListener('loadedmetadata', resolve, { once: true }))
      player.currentTime = 1_100
      await new Promise((resolve) => player.addEventListener('seeked', resolve, { once: true }))
      return [player.currentTime, player.duration]
    })
    expect(seconds).toEqual([1_100, 1_200])
    await part
  })

  it('run nothing, wherever a browser finds them', async (t) => {
    const { server, anna, context } = await twoPeople(t)
    const calls: string[] = []
    await context.exposeFunction('canary', (by: string) => calls.push(by))
    const script = (by: string) => `window.canary?.('${by}');parent.canary?.('${by}')`
    const files = {
      'a.svg': `<svg xmlns="http://www.w3.org/2000/svg" onload="${script('svg')}"><script>${script('svg')}</script></svg>`,
      'a.html': `<!doctype html><script>${script('html')}</script><body onload="${script('html')}">`,
      'a.js': script('js'),
      'a.gif': `GIF89a/*\u0001\u0000*/=1;${script('gif')}`,
      'a.txt': script('txt'),
    }
    await pick(anna, ...Object.entries(files).map(([name, content]) => text(name, content)))
    await anna.locator('.composer-send').click()
    await tile(anna, 'a.svg').waitFor()
    const paths = await log(anna)
      .locator('a.file-tile')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''))
    expect(paths).toHaveLength(5)
    // A page of the same origin, without the policy of ours.
    const found = paths.map(
      (path) =>
        `<script src="${path}"></script><iframe src="${path}"></iframe><object data="${path}"></object><img src="${path}"><link rel="stylesheet" href="${path}">`,
    )
    const body = `<!doctype html><script>window.canary('the page itself')</script>${found.join('')}`
    await context.route('**/found-by-a-browser', (route) => route.fulfill({ contentType: 'text/html', body }))
    const page = await context.newPage()
    await page.goto(`${server.url}/found-by-a-browser`)
    for (const path of paths) {
      const tab = await context.newPage()
      // What is saved is not shown.
      await tab.goto(server.url + path).catch(() => {})
      await tab.close()
    }
    await expect.poll(() => calls).toContain('the page itself')
    expect(new Set(calls)).toEqual(new Set(['the page itself']))
  })

  it('go on after a restart of the server and a reload at the byte to which they had come', async (t) => {
    const { server, anna, bo, context } = await twoPeople(t)
    const buffer = randomBytes(300_000)
    const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
    const isUpload = /\/rooms\/lobby\/files\/.+/
    let status: number | undefined
    // Half of it comes, and the rest is on its way for good.
    await anna.route(isUpload, async (route) => {
      const { pathname } = new URL(route.request().url())
      if (route.request().method() !== 'PATCH') return await route.continue()
      status ??= (await append(server, { cookie }, pathname, 0, buffer.subarray(0, 150_000))).status
    })
    await pick(anna, { name: 'big.bin', mimeType: 'application/octet-stream', buffer })
    await expect.poll(() => status).toBe(204)
    await say(anna, 'with a big file')
    await server.restart()
    await anna.unroute(isUpload)
    const offsets: (string | undefined)[] = []
    anna.on('request', (asked) => {
      if (asked.method() === 'PATCH') offsets.push(asked.headers()['upload-offset'])
    })
    await anna.reload()
    await takenOver(anna)
    await seesMessage(bo, 'with a big file')
    const href = (await tile(bo, 'big.bin').getAttribute('href')) ?? ''
    expect((await bytesOf(server, { cookie }, href.split('/')[2] ?? '')).equals(buffer)).toBe(true)
    expect(offsets).toEqual(['150000'])
  })

  it('are taken out of a message by editing it', async (t) => {
    const { anna, bo } = await twoPeople(t)
    await pick(anna, text('stays.txt'), text('goes.txt'))
    await say(anna, 'both')
    await seesMessage(anna, 'both')
    await tile(bo, 'goes.txt').waitFor()
    await choose(anna, 1, 'Edit')
    await context(anna).waitFor()
    await attached(anna)
      .getByRole('button', { name: /^Remove .goes\.txt/ })
      .click()
    await composer(anna).press('Enter')
    await tile(bo, 'goes.txt').waitFor({ state: 'detached' })
    expect(await tile(bo, 'stays.txt').count()).toBe(1)
  })
})
