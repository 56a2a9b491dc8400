import { describe, expect, it } from 'vitest'
import { iconPath } from '../../src/shared/appearance/icon-path.ts'
import { iconNameOf, iconStates, isIconPath, isServerIcon } from '../../src/shared/appearance/server-icon.ts'

describe('address of the server icon', () => {
  it.for(['cup', '🍵', '*️⃣', '#️⃣', '1️⃣', '🏴‍☠️', '🇨🇳'])('of %s is one that the service worker finds in a page', (icon) => {
    expect(isServerIcon(icon)).toBe(true)
    for (const state of iconStates) {
      const path = iconPath(state, iconNameOf({ accent: 'teal', icon }))
      // The pattern of `static/sw.js`.
      expect(path.match(/\/(?:static|icon)\/[\w./%-]+/g)).toEqual([path])
      expect(isIconPath(path)).toBe(true)
    }
  })

  it.for([
    '/icon/plain/teal/none',
    '/icon/plain/red/cup',
    '/icon/other/teal/cup',
    '/icon/plain/teal/cup/x',
    '/icon/plain/teal/',
    '/icon/plain/teal/%FF',
    '/icon/plain/teal/%F0%9F%8D%B5%F0%9F%8D%B5',
    '/icons/plain/teal/cup',
    '/',
  ])('is not %s', (path) => {
    expect(isIconPath(path)).toBe(false)
  })
})
