/** Initials, drawings and the colours of names. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { hueOf } from '../../../../src/shared/avatars.ts'
import { sharedBrowser, takenOver, visit } from '../../../support/clients/browser.ts'
import { join } from '../../../support/clients/chat-clients.ts'
import { message, say, seesMessage } from '../../../support/clients/page.ts'
import { startServer } from '../../../support/server/server.ts'

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

const face = (page: Page, id: number) => message(page, id).locator('.message-avatar')
const colourOf = (page: Page, id: number) =>
  message(page, id)
    .locator('.message-name')
    .evaluate((name) => getComputedStyle(name).color)

describe('avatars', () => {
  for (const javaScriptEnabled of [true, false]) {
    it(`${javaScriptEnabled ? 'with' : 'without'} a script show initials and each name in its own colour`, async (t) => {
      const server = await startServer(t)
      const { user } = await server.signIn('Bo Lin')
      const bo = await join(server, 'Bo Lin')
      bo.send({ type: 'chat', room: 'lobby', key: 'bo-1', data: 'hello' })
      await bo.next('sent')
      const ming = await join(server, '王小明')
      ming.send({ type: 'chat', room: 'lobby', key: 'ming-1', data: '你好' })
      await ming.next('sent')
      const { page } = await visit(t, browser, server, 'Anna', { javaScriptEnabled })
      await seesMessage(page, '你好')
      expect(await face(page, 1).getAttribute('data-initials')).toBe('BL')
      expect(await face(page, 2).getAttribute('data-initials')).toBe('小明')
      expect(await face(page, 1).getAttribute('class')).toContain(hueOf(user))
      expect(await face(page, 1).evaluate((one) => one.getBoundingClientRect().width)).toBe(36)
      expect(await colourOf(page, 1)).not.toBe(await colourOf(page, 2))
      // They are no part of the text: neither read out, nor copied, nor found.
      expect(await message(page, 1).innerText()).not.toContain('BL')
      expect(await message(page, 1).ariaSnapshot()).not.toContain('BL')
    })
  }

  it('become a drawing that is chosen on the account page, by the keyboard, in other open pages too', async (t) => {
    const server = await startServer(t)
    const { page, context } = await visit(t, browser, server, 'Anna')
    await say(page, 'before')
    await seesMessage(page, 'before')
    const other = await context.newPage()
    await other.goto(`${server.url}/account`)
    const choices = other.getByRole('radiogroup', { name: 'Avatar' })
    expect(await choices.getByRole('radio', { name: 'Your initials' }).isChecked()).toBe(true)
    await choices.getByRole('radio', { name: 'Your initials' }).focus()
    await other.keyboard.press('ArrowRight')
    await other.keyboard.press('Enter')
    await other.getByText('Avatar saved.').waitFor()
    expect(await choices.getByRole('radio', { name: 'Drawing 1', exact: true }).isChecked()).toBe(true)
    await page.reload()
    await takenOver(page)
    expect(await face(page, 1).getAttribute('src')).toBe('/static/images/avatars/0.svg')
  })
})
