/** What the owner sets for the whole server, and what holds until then. */
import type { Accent } from './appearance/accents.ts'
import { isServerIcon } from './appearance/server-icon.ts'
import type { LanguageCode } from './language.ts'
import { type Fault, faultInName, hasInk, withoutControls } from './text.ts'

/** Until they are set, the environment variables `MAX_FILE_BYTES`, `FILE_BYTES_PER_DAY` and `MAX_STORAGE_BYTES` say them. */
export interface FileLimits {
  maxFileBytes: number
  /** Maximum bytes of one user in 24 hours; guests have a tenth. */
  fileBytesPerDay: number
  /** Maximum bytes of all users; 0 for no limit. */
  maxStorageBytes: number
}

/** What was set. A field that is left out has its default. */
export interface StoredSettings extends Partial<FileLimits> {
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
/** Without what only the server needs. */
export type ShownSettings = Omit<ServerSettings, keyof FileLimits>

/** Until the owner sets them. */
export const defaultSettings: ShownSettings = {
  name: '',
  welcome: '',
  guests: true,
  guestRooms: true,
  language: '',
  accent: 'green',
  icon: 'cup',
}

export const fileLimits = ['maxFileBytes', 'fileBytesPerDay', 'maxStorageBytes'] as const satisfies (keyof FileLimits)[]

const megabyte = 1_000_000

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
  ...settings
}: Pick<ServerSettings, 'name' | 'welcome' | 'icon' | keyof FileLimits>): SettingsFault | undefined {
  const faultInServerName = name ? faultInName(name, maxServerNameCharacters) : undefined
  if (faultInServerName) return { ...faultInServerName, field: 'name' }
  const isTooLong = [...welcome].length > maxWelcomeCharacters
  if (isTooLong) return { text: 'welcomeTooLong', values: { n: maxWelcomeCharacters }, field: 'welcome' }
  if (welcome && !hasInk(welcome)) return { text: 'welcomeInkless', field: 'welcome' }
  if (!isServerIcon(icon)) return { text: 'iconNoEmoji', field: 'emoji' }
  const field = fileLimits.find((limit) => !Number.isSafeInteger(settings[limit]))
  return field && { text: 'megabytesInvalid', field }
}

/** `1`, `0.5` or `0,5` megabytes as bytes; NaN for what is no such number. */
export function bytesOfMegabytes(text: string): number {
  const isNumber = /^\d{1,9}([.,]\d{1,6})?$/.test(text)
  return isNumber ? Math.round(Number(text.replace(',', '.')) * megabyte) : Number.NaN
}

export function megabytesOf(bytes: number): string {
  return String(bytes / megabyte)
}

interface SettingsFault extends Fault {
  field: 'name' | 'welcome' | 'emoji' | keyof FileLimits
}
