/** The accent colours that the owner can choose, as a browser computes them. */
import type { Browser, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Accent, accents } from '../../../../src/shared/appearance/accents.ts'
import { openContext, sharedBrowser } from '../../../support/clients/browser.ts'
import { ownerNamed, type Visitor } from '../../../support/clients/visitor.ts'
import { type Cleanup, startServer } from '../../../support/server/server.ts'

const names = Object.keys(accents) as Accent[]
const themes = ['light', 'dark'] as const

const hues = Array.from({ length: 12 }, (_, i) => `hue-${i}`)
const code = ['code-comment', 'code-keyword', 'code-string', 'code-number', 'code-name']
/** What is written on which ground. */
const texts: readonly [inks: string[], grounds: string[]][] = [
  [
    ['tea', 'tea-deep'],
    ['paper', 'raised', 'tint', 'hover', 'mention-tint'],
  ],
  [['ink', 'ink-soft', 'alert', ...hues, ...code], ['tint']],
  [['tea-deep'], ['mention']],
  [['on-tea'], ['tea', 'tea-deep']],
]
/** Outlines, borders and filled buttons, against what is around them. */
const controls: readonly [inks: string[], grounds: string[]][] = [
  [
    ['tea', 'tea-deep'],
    ['paper', 'raised', 'tint', 'hover', 'mention-tint', 'mention'],
  ],
]

let browser: Browser
beforeAll(async () => {
  browser = await sharedBrowser()
})

async function open(t: Cleanup, url: string, visitor?: Visitor): Promise<Page> {
  const context = await openContext(t, browser)
  const [name = '', value = ''] = visitor?.cookie.split('=') ?? []
  if (visitor) await context.addCookies([{ name, value, url }])
  const page = await context.newPage()
  await page.goto(url)
  return page
}

/** The red, green and blue parts of the colours of the style sheet with an accent, from 0 to 255. */
function coloursOf(page: Page, accent: Accent, properties: string[]): Promise<Record<string, number[]>> {
  return page.evaluate(
    ([accent, properties]) => {
      document.documentElement.dataset.accent = accent
      const probe = document.body.appendChild(document.createElement('span'))
      const colours = properties.map((property) => {
        probe.style.color = `var(--${property})`
        return [property, (getComputedStyle(probe).color.match(/\d+/g) ?? []).map(Number)]
      })
      probe.remove()
      return Object.fromEntries(colours)
    },
    [accent, properties] as const,
  )
}

/** WCAG 2.2, "contrast ratio". */
function contrast(one: number[] = [], other: number[] = []): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour: number[]): number {
  const [red = 0, green = 0, blue = 0] = colour
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

describe('accent colours', () => {
  it('have enough contrast for texts and controls, each in both themes', async (t) => {
    const server = await startServer(t)
    const page = await open(t, server.url)
    const properties = [...new Set([...texts, ...controls].flat(2))]
    const seen = new Set<string>()
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme })
      for (const accent of names) {
        const colours = await coloursOf(page, accent, properties)
        for (const property of properties) expect(colours[property], property).toHaveLength(3)
        seen.add(String(colours.tea))
        for (const [pairs, least] of [
          [texts, 4.5],
          [controls, 3],
        ] as const) {
          for (const [inks, grounds] of pairs) {
            for (const [ink, ground] of inks.flatMap((ink) => grounds.map((ground) => [ink, ground] as const))) {
              const ratio = contrast(colours[ink], colours[ground])
              expect(ratio, `${accent}, ${colorScheme}: ${ink} on ${ground}`).toBeGreaterThanOrEqual(least)
            }
          }
        }
      }
    }
    expect(seen.size, 'different colours').toBe(names.length * themes.length)
  })
  it('fail the check when they are close to their ground', () => {
    expect(contrast([250, 247, 240], [148, 139, 121])).toBeLessThan(4.5)
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21)
  })
  it('apply to every page once the owner has chosen one, within the content security policy', async (t) => {
    const server = await startServer(t)
    const li = await ownerNamed(server, 'Li')
    const page = await open(t, `${server.url}/admin/server`, li)
    const swatches = page.locator('.swatch')
    const colours = await swatches.evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor))
    expect(new Set(colours).size, 'each choice shows its own colour').toBe(names.length)
    const save = page.getByRole('button', { name: 'Save', exact: true })
    const backgroundOf = () => save.evaluate((button) => getComputedStyle(button).backgroundColor)
    expect(await backgroundOf()).toBe(colours[names.indexOf('green')])
    await page.getByText('Blue', { exact: true }).click()
    await save.click()
    await page.getByRole('status').waitFor()
    expect(await backgroundOf()).toBe(colours[names.indexOf('blue')])
    const faults: string[] = []
    page.on('console', (entry) => entry.type() === 'error' && faults.push(entry.text()))
    for (const path of ['/', '/account', '/offline', '/nowhere']) {
      await page.goto(server.url + path)
      const tea = colours[names.indexOf('blue')]
      const { backgroundColor } = await page.evaluate(() => {
        const button = document.body.appendChild(document.createElement('button'))
        button.className = 'button'
        // What the style sheet moves to is not awaited.
        button.style.transition = 'none'
        return { backgroundColor: getComputedStyle(button).backgroundColor }
      })
      expect(backgroundColor, path).toBe(tea)
    }
    expect(faults.filter((text) => !text.includes('404'))).toEqual([])
  })
})
