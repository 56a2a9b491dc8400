/** Accounts, links and the administration in a real browser: without a script, by keyboard, on the narrowest of screens. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { openContext, sharedBrowser } from '../../../support/clients/browser.ts'
import { focused } from '../../../support/clients/page.ts'
import { ownerNamed, password, visitorNamed } from '../../../support/clients/visitor.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

async function open(t: Cleanup, url: string, options: BrowserContextOptions = {}, cookie = ''): Promise<Page> {
  const context = await openContext(t, browser, options)
  const [name = '', value = ''] = cookie.split('=')
  if (cookie) await context.addCookies([{ name, value, url }])
  const page = await context.newPage()
  await page.goto(url)
  return page
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

describe('administration without JavaScript', () => {
  const scriptless = { javaScriptEnabled: false }

  it('the owner creates a link for a user, who signs in with it', async (t) => {
    const server = await startServer(t)
    const li = await open(t, server.ownerLink ?? '', scriptless)
    await li.getByLabel('Your name').fill('Li')
    await li.getByLabel('Password').fill(password)
    await button(li, 'Become the owner').click()
    await li.getByRole('link', { name: 'Go to the chat' }).click()
    await li.locator('#composer').waitFor()
    await li.goto(`${server.url}/admin`)
    await li.getByLabel('Name', { exact: true }).fill('Anna')
    await button(li, 'Add').click()
    const link = await li.getByLabel('Password link').inputValue()

    const anna = await open(t, link, scriptless)
    await anna.getByLabel('New password').fill(password)
    await button(anna, 'Save').click()
    await anna.locator('#composer').waitFor()
    await anna.locator('.me-account').click()
    expect(await anna.getByRole('heading', { level: 1 }).innerText()).toBe('Anna')
    expect(await anna.locator('.panel-item').count()).toBe(1)
    await button(anna, 'Sign out').click()
    await button(anna, 'Join').waitFor()
  })
  it('the reason why a name cannot be claimed is shown, and the name can be claimed afterwards', async (t) => {
    const server = await startServer(t)
    const { cookie } = await visitorNamed(server, 'Anna')
    const page = await open(t, `${server.url}/account`, scriptless, cookie)
    await page.getByLabel('New password').fill('password')
    await button(page, 'Claim name').click()
    expect(await page.getByRole('alert').innerText()).toMatch(/too common/)
    expect(await focused(page), 'where it has to be typed again').toBe('password')
    await page.getByLabel('New password').fill(password)
    await button(page, 'Claim name').click()
    expect(await page.getByRole('status').innerText()).toBe('This name is now yours.')
  })
})

describe('first steps of a new owner', () => {
  it.for([true, false])('name the server and create an invitation (script: %s)', async (javaScriptEnabled, t) => {
    const server = await startServer(t)
    const li = await open(t, server.ownerLink ?? '', { javaScriptEnabled })
    await li.getByLabel('Your name').fill('Li')
    await li.getByLabel('Password').fill(password)
    await button(li, 'Become the owner').click()
    await li.getByLabel('Server name').fill('Corner')
    await li.getByText('People with a password or an invitation').click()
    await button(li, 'Save and continue').click()
    await li.getByText('10 uses').waitFor()
    expect(await li.locator('[aria-current=step]').innerText()).toBe('Invite the first people')
    await button(li, 'Create link').click()
    const link = await li.getByLabel('Invitation link').inputValue()
    await li.getByRole('link', { name: 'Go to the chat' }).click()
    await li.locator('#composer').waitFor()
    expect(await li.locator('.rooms-brand').innerText()).toBe('Corner')

    const bo = await open(t, link, { javaScriptEnabled })
    await bo.getByLabel('Your name').fill('Bo')
    await button(bo, 'Join').click()
    await bo.locator('#composer').waitFor()
  })
})

describe('password link page', () => {
  it('sends its token neither with its requests nor as a referrer', async (t) => {
    const server = await startServer(t)
    const page = await open(t, `${server.url}/offline`)
    const asked: { path: string; referer: string }[] = []
    page.on('request', (request) => {
      asked.push({ path: new URL(request.url()).pathname, referer: request.headers().referer ?? '' })
    })
    await page.goto(server.ownerLink ?? '')
    await page.getByLabel('Your name').fill('Li')
    await page.getByLabel('Password').fill(password)
    await button(page, 'Become the owner').click()
    await page.getByRole('link', { name: 'Go to the chat' }).click()
    await page.locator('#composer').waitFor()
    const referers = asked.filter(({ path }) => !path.startsWith('/link/')).map(({ referer }) => referer)
    expect(referers.filter((referer) => referer === `${server.url}/`).length, 'are seen here').toBeGreaterThan(3)
    expect(referers.filter((referer) => referer.includes('/link'))).toEqual([])
  })
})

describe('administration by keyboard', () => {
  it('Tab reaches every field and button in order, with a visible focus', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    await visitorNamed(server, 'Bo')
    const page = await open(t, `${server.url}/admin/people/2`, {}, li.cookie)
    const passed: string[] = []
    for (let i = 0; i < 16; i++) {
      await page.keyboard.press('Tab')
      const { name, outline } = await page.locator(':focus').evaluate((element) => {
        const shown = element.closest('.choice-option') ?? element
        return {
          name: (element.closest('label') ?? element).textContent.trim(),
          outline: getComputedStyle(shown).outlineStyle,
        }
      })
      passed.push(name)
      expect(outline, name).not.toBe('none')
    }
    expect(passed).toEqual([
      'Back to chat',
      'Account',
      'People',
      'Rooms',
      'Bots',
      'IP bans',
      'Audit log',
      'Server',
      'Create link',
      'Sign out everywhere',
      '1 day',
      'None',
      'Also ban everyone on the same internet connection (such as a home or school)',
      'Ban',
      'I’m sure',
      'Delete all',
    ])
  })
  it('Enter submits a form, and the link to copy is selected', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    const page = await open(t, `${server.url}/admin`, {}, li.cookie)
    await page.getByLabel('Name', { exact: true }).focus()
    await page.keyboard.type('Anna')
    await page.keyboard.press('Enter')
    await page.locator('#link').waitFor()
    await expect.poll(() => page.evaluate(() => String(getSelection()))).toMatch(/^http:.*\/link\/[\w-]{43}$/)
  })
})

describe('administration on the narrowest screen', () => {
  it.for(['en', 'zh-CN'])('nothing scrolls sideways, however long it is, in %s', async (locale, t) => {
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    const li = await ownerNamed(server, 'L'.repeat(32))
    const long = 'W'.repeat(32)
    await visitorNamed(server, long)
    await li.post('/admin/people/2/ban', { days: 'ever' })
    await li.post('/admin/addresses', { range: '2001:db8:1234:5678:9abc:def0:1234:5678/128', days: 'ever' })
    await li.post('/admin/hooks', { hook: 'B'.repeat(32), room: 'lobby' })
    const webhook = {
      name: 'C'.repeat(32),
      url: `https://${'hooks.'.repeat(20)}example/${'x'.repeat(200)}`,
      kind: 'command',
    }
    const command = { command: 'c'.repeat(32), room: 'lobby' }
    expect((await li.post('/admin/webhooks', { ...webhook, ...command })).status).toBe(200)
    const page = await open(t, server.url, { viewport: { width: 320, height: 600 }, locale }, li.cookie)
    for (const path of [
      '/account',
      '/admin',
      '/admin/people/2?done=2',
      '/admin/addresses',
      '/admin/bots',
      '/admin/webhooks',
      '/admin/webhooks/1',
      '/admin/server?guide=1',
      '/admin/server/invitation',
      '/admin/log?done=3',
      '/admin/log?by=Nobody&type=ban-range',
    ]) {
      await page.goto(server.url + path)
      await page.locator('.panel-main').waitFor()
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(320)
    }
  })
})
