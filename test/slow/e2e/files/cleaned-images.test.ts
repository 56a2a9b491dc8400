/** What a browser shows of images before and after their metadata is removed. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { imageTypeOf } from '../../../../src/server/files/images/image-type.ts'
import { stripImage } from '../../../../src/server/files/images/strip/strip.ts'
import { type Sample, table } from '../../../files/images/table.ts'
import { sharedBrowser } from '../../../support/clients/browser.ts'

let page: Page
beforeAll(async () => {
  page = await (await sharedBrowser()).newPage()
})
afterAll(() => page.close())

/** A GIF of no width is not shown, and the orientation of a WebP is not applied. */
const ignoredByChromium = /no width|WebP in orientation/
const shown = table.filter(([name, { image }]) => image && !ignoredByChromium.test(name))

describe('browser', () => {
  it.for(shown)('shows the same of %s without its metadata', async ([, sample]) => {
    const bytes = await sample.make()
    const type = imageTypeOf(bytes) ?? 'image/png'
    const before = await drawn(bytes, sample)
    expect(before).toMatchObject({ width: sample.image?.width, height: sample.image?.height })
    expect(await drawn(Buffer.concat(stripImage(bytes, type)), sample)).toEqual(before)
  })
})

async function drawn(bytes: Buffer, { image }: Sample) {
  const url = `data:${image?.type};base64,${bytes.toString('base64')}`
  return await page.evaluate(async (url) => {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight)
    const context = canvas.getContext('2d')
    context?.drawImage(image, 0, 0)
    const { width, height } = canvas
    return { width, height, pixels: context?.getImageData(0, 0, width, height).data.join() }
  }, url)
}
