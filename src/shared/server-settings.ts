/** What the owner sets for the whole server, and what holds until then. */
import type { Accent } from './appearance/accents.ts'
import { isServerIcon } from './appearance/server-icon.ts'
import type { LanguageCode } from './language.ts'
import { type Fault, faultInName, hasInk, withoutControls } from './text.ts'

/** What was set. A field that is left out has its default. */
export interface StoredSettings {
  /** Empty for the name of the program. */
  name?: string
  /** The text of the sign-in page; empty for none. */
  welcome?: string
  /** Whether a name is enough to sign in. Until it is set, the environment variable `GUESTS` says so. */
  guests?: boolean
  /** Whether guests may create rooms; conversations are no rooms. */
  guestRooms?: boolean
  /** For people who have chosen none; empty for that of their browser. */
  language?: LanguageCode | ''
  accent?: Accent
  /** A drawing by its name, or an emoji. */
  icon?: string
}

export type ServerSettings = Readonly<Required<StoredSettings>>

/** Until the owner sets them. */
export const defaultSettings: ServerSettings = {
  name: '',
  welcome: '',
  guests: true,
  guestRooms: true,
  language: '',
  accent: 'green',
  icon: 'cup',
}

export const programName = 'Teahouse'
export const maxServerNameCharacters = 40
export const maxWelcomeCharacters = 500

/** What a text of several lines is stored as. */
export function normalizeWelcome(text: string): string {
  return withoutControls(text.toWellFormed()).normalize('NFC').trim()
}

/** @param settings normalized */
export function faultInSettings({
  name,
  welcome,
  icon,
}: Pick<ServerSettings, 'name' | 'welcome' | 'icon'>): SettingsFault | undefined {
  const faultInServerName = name ? faultInName(name, maxServerNameCharacters) : undefined
  if (faultInServerName) return { ...faultInServerName, field: 'name' }
  const isTooLong = [...welcome].length > maxWelcomeCharacters
  if (isTooLong) return { text: 'welcomeTooLong', values: { n: maxWelcomeCharacters }, field: 'welcome' }
  if (welcome && !hasInk(welcome)) return { text: 'welcomeInkless', field: 'welcome' }
  if (!isServerIcon(icon)) return { text: 'iconNoEmoji', field: 'emoji' }
  return undefined
}

interface SettingsFault extends Fault {
  field: 'name' | 'welcome' | 'emoji'
}
