/** Helpers for tests in a browser: what users do and see on the page. */
import type { Locator, Page } from 'playwright-core'

export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

export const log = (page: Page) => page.getByRole('log')
export const composer = (page: Page) => page.locator('#composer')
export const message = (page: Page, id: number) => page.locator(`.message[data-id="${id}"]`)
export const unsent = (page: Page) => page.locator('.unsent')
export const context = (page: Page) => page.locator('.composer-context')

export async function say(page: Page, text: string): Promise<void> {
  // A dialog that has not closed yet would take the key.
  await page.locator('dialog:modal').waitFor({ state: 'hidden' })
  await composer(page).fill(text)
  await composer(page).press('Enter')
}

/** Waits until the page shows the text as a message that is stored. */
export async function seesMessage(page: Page, text: string): Promise<void> {
  await log(page).locator('.message:not(.unsent)', { hasText: text }).waitFor()
}

/** Without the word that says that a message was edited. */
export async function texts(page: Page): Promise<string[]> {
  return await log(page)
    .locator('.message-text')
    .evaluateAll((all) =>
      all.map((element) => {
        const mark = element.querySelector('.message-edited')?.textContent ?? ''
        const { innerText } = element as HTMLElement
        return mark ? innerText.slice(0, -mark.length).trimEnd() : innerText
      }),
    )
}

export async function waitForRoom(page: Page, name: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name }).waitFor()
}

export async function switchTo(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+k')
  const box = page.getByRole('combobox', { name: 'Room or person' })
  await box.fill(name)
  // A new room has to be chosen.
  if ((await box.getAttribute('aria-activedescendant')) === null) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await waitForRoom(page, name)
}

/** Presses the button that a message shows to the mouse. */
export async function press(page: Page, id: number, name: string): Promise<void> {
  await message(page, id).hover()
  await message(page, id).getByRole('button', { name, exact: true }).click()
}

/** Chooses from the menu of a message. */
export async function choose(page: Page, id: number, name: string): Promise<void> {
  await press(page, id, 'More')
  await page.getByRole('menuitem', { name, exact: true }).click()
}

/** How far its top is from the top of the window, in pixels. */
export function topOf(one: Locator): Promise<number> {
  return one.evaluate((element) => Math.round(element.getBoundingClientRect().top))
}

/** Whether all of it is where the messages are shown. */
export function isInSight(one: Locator): Promise<boolean> {
  return one.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect()
    const frame = element.closest('.log')?.getBoundingClientRect()
    return frame !== undefined && top >= frame.top - 1 && bottom <= frame.bottom + 1
  })
}

/** Goes so many pixels up from the end of the messages. */
export async function scrollUp(page: Page, pixels: number): Promise<void> {
  await page.locator('.log').evaluate((log, top) => log.scrollTo({ top: -top }), pixels)
}

/** A readable name of the focused element. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement
    return element?.id || element?.getAttribute('aria-label') || element?.textContent?.trim() || 'nothing'
  })
}

export const roomLink = (page: Page, name: string) => page.locator('.rooms-room', { hasText: name })

interface NewRoom {
  kind: 'Public' | 'Private' | 'Direct message'
  name?: string
  people?: string[]
}

/** By the button above the list of rooms. */
export async function makeRoom(page: Page, { kind, name, people = [] }: NewRoom): Promise<void> {
  await page.getByRole('button', { name: 'New room' }).click()
  const dialog = page.getByRole('dialog', { name: 'New room' })
  await dialog.getByText(kind, { exact: true }).click()
  if (name) await dialog.getByLabel('Name', { exact: true }).fill(name)
  for (const person of people) {
    await dialog.getByRole('combobox').fill(person)
    await dialog.getByRole('option', { name: person }).click()
  }
  await dialog.locator('[type=submit]').click()
  await dialog.waitFor({ state: 'detached' })
}

export async function openRoomDialog(page: Page): Promise<void> {
  await page.locator('.room-header-details').click()
  await page.getByRole('dialog').waitFor()
}

export async function closeDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

/** Chooses an action in the person dialog of a user in the room. */
export async function action(page: Page, person: string, what: string | RegExp): Promise<void> {
  await page.locator('.people .person-open', { hasText: person }).click()
  await page.getByRole('dialog', { name: person }).getByRole('button', { name: what, exact: true }).click()
}
