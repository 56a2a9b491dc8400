/** The user's choices for this browser. Theme and language are cookies, because the server's HTML already shows them. */
import { reactive, watch } from 'vue'
import { storageKeys } from '../session/storage-keys.ts'

export interface Settings {
  /** Whether Enter sends and Shift+Enter breaks the line, or the other way round (Ctrl+Enter then sends). */
  enterSends: boolean
  /** Whether a room opens at its end, or at the first unread message. */
  opensAtEnd: boolean
  sound: boolean
  /** Whether to be told, outside of the page, of a mention; the browser asks for its own permission besides. */
  notify: boolean
}

const key = storageKeys.settings
const unlessSet: Settings = { enterSends: true, opensAtEnd: false, sound: false, notify: false }

/** The stored settings, also as other tabs change them. A change of the result is stored. */
export function openSettings(): Settings {
  const settings = reactive({ ...unlessSet, ...read() })
  let stored = { ...settings }
  watch(settings, (now) => {
    // Only what was changed here: another tab may have changed the rest.
    const changed = Object.entries(now).filter(([name, value]) => stored[name as keyof Settings] !== value)
    stored = { ...now }
    if (changed.length) keep({ ...read(), ...Object.fromEntries(changed) })
  })
  addEventListener('storage', (event) => {
    if (event.key !== key && event.key !== null) return
    stored = { ...unlessSet, ...read() }
    Object.assign(settings, stored)
  })
  return settings
}

function read(): Partial<Settings> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
    const known = Object.entries(Object(kept)).filter(
      ([name, value]) => Object.hasOwn(unlessSet, name) && typeof value === 'boolean',
    )
    return Object.fromEntries(known) as Partial<Settings>
  } catch {
    // Storage may be forbidden, or hold something else.
    return {}
  }
}

function keep(settings: Partial<Settings>): void {
  try {
    localStorage.setItem(key, JSON.stringify(settings))
  } catch {
    // As above: the choice then lives as long as the page.
  }
}
