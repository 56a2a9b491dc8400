/** The icon of a server, which its pages show in the tab: a drawing or an emoji. A controller draws it. */
import { isEmoji } from '../emoji.ts'
import type { ServerTextKey } from '../language.ts'
import type { Accent } from './accents.ts'

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

/** Names the icon in addresses: another look has another address, so that browsers may keep it. */
export function iconNameOf({ accent, icon }: { accent: Accent; icon: string }): string {
  return `${accent}/${encodeURIComponent(icon)}`
}
