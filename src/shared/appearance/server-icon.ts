/** The icon of a server, which its pages show in the tab: a drawing or an emoji. A controller draws it. */
import { isEmoji } from '../emoji.ts'
import type { ServerTextKey } from '../language.ts'
import { type Accent, isAccent } from './accents.ts'

/** What the drawings are called. `views/server-icon.njk` has their lines. */
export const iconDrawings = {
  cup: 'iconCup',
  pot: 'iconPot',
  leaf: 'iconLeaf',
  bubble: 'iconBubble',
} as const satisfies Record<string, ServerTextKey>
export type IconDrawing = keyof typeof iconDrawings

/** What the tab tells of the rooms. */
export const iconStates = ['plain', 'unread', 'mention'] as const
export type IconState = (typeof iconStates)[number]

export function isIconDrawing(value: string): value is IconDrawing {
  return Object.hasOwn(iconDrawings, value)
}

export function isServerIcon(value: string): boolean {
  return isIconDrawing(value) || isEmoji(value)
}

/** Whether there is such an icon: its address names all three. */
export function isIcon(state: string, accent: string, icon: string): boolean {
  return iconStates.some((known) => known === state) && isAccent(accent) && isServerIcon(icon)
}

/** Whether the path is that of an icon, as a request has it. */
export function isIconPath(path: string): boolean {
  const [, state = '', accent = '', icon = ''] = /^\/icon\/(\w+)\/(\w+)\/((?:\w|%[0-9A-F]{2})+)$/.exec(path) ?? []
  try {
    return isIcon(state, accent, decodeURIComponent(icon))
  } catch {
    // It is no UTF-8.
    return false
  }
}

/**
 * Names the icon in addresses: another look has another address, so that browsers may keep it. The emoji of the star key has a `*`,
 * which is left as it is by default, and at which the service worker would end an address.
 */
export function iconNameOf({ accent, icon }: { accent: Accent; icon: string }): string {
  return `${accent}/${encodeURIComponent(icon).replaceAll('*', '%2A')}`
}
