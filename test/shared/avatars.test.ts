import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hueOf, initialsOf } from '../../src/shared/avatars.ts'
import { root } from '../support/run/sources.ts'

const theme = readFileSync(join(root, 'static/css/theme.css'), 'utf8')
const avatars = readFileSync(join(root, 'static/css/avatars.css'), 'utf8')
/** On which a message, a row of a list or a dialog may stand. */
const grounds = ['paper', 'raised', 'tint', 'hover', 'mention-tint']
const hues = [...new Set(Array.from({ length: 100 }, (_, id) => hueOf({ id })))]

/** A colour's value in the light theme and in the dark one. */
function valuesOf(name: string): { light: string; dark: string } {
  const [, light, dark] = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\);`).exec(theme) ?? []
  if (!light || !dark) throw new Error(`The theme has no colour --${name}.`)
  return { light, dark }
}

/** WCAG 2.2, "contrast ratio". */
function contrast(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((one, other) => one - other)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

describe('initials', () => {
  it.for([
    ['Anna', 'A'],
    ['anna', 'A'],
    ['Anna Maria', 'AM'],
    ['Jean-Luc', 'JL'],
    ['Ana María de la Cruz', 'AC'],
    ['bo_2', 'B2'],
    ['李雷', '雷'],
    ['王小明', '小明'],
    ['欧阳娜娜', '娜娜'],
    ['路人甲', '人甲'],
    ['김철수', '철수'],
    ['李雷 Li', '雷'],
    ['さくら', 'さ'],
    ['Élodie', 'É'],
    ['E\u0301lodie', 'E\u0301'],
    ['ßeta', 'ß'],
    ['Мария Ким', 'МК'],
    ['علي', 'ع'],
    ['👩‍🚀 Ada', '👩‍🚀A'],
    ['𝒳avier', '𝒳'],
    ['...', '.'],
  ])('of %s are %s', ([name = '', initials]) => {
    expect(initialsOf(name)).toBe(initials)
  })
})

describe('colours of users', () => {
  it('depend on the id alone and have a rule each in the style sheet', () => {
    expect(hueOf({ id: 7 })).toBe(hueOf({ id: 7 }))
    expect(hues).toHaveLength(12)
    for (const hue of hues) expect(avatars).toContain(`.${hue} {\n  --hue: var(--${hue});`)
  })

  it('differ between users who joined one after another', () => {
    for (let id = 1; id < 100; id++) {
      expect(new Set(Array.from({ length: 12 }, (_, i) => hueOf({ id: id + i }))).size).toBe(12)
    }
  })

  it.for(hues)('%s has a contrast of at least 4.5:1 on every ground, in both themes', (hue) => {
    for (const ground of grounds) {
      for (const scheme of ['light', 'dark'] as const) {
        const ratio = contrast(valuesOf(hue)[scheme], valuesOf(ground)[scheme])
        expect(ratio, `${hue} on ${ground}, ${scheme}`).toBeGreaterThanOrEqual(4.5)
      }
    }
  })
})
