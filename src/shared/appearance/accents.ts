/** The accent colours of a server, and what they are called. `static/css/theme.css` has a rule for each. */
import type { ServerTextKey } from '../language.ts'

export const accents = {
  green: 'accentGreen',
  teal: 'accentTeal',
  blue: 'accentBlue',
  purple: 'accentPurple',
  pink: 'accentPink',
  brown: 'accentBrown',
} as const satisfies Record<string, ServerTextKey>
export type Accent = keyof typeof accents

export function isAccent(value: unknown): value is Accent {
  return typeof value === 'string' && Object.hasOwn(accents, value)
}
