/** What one has chosen for this browser. Theme and language are cookies, because the server's HTML already shows them. */
import { reactive, watch } from 'vue'

export interface Settings {
  /** Whether Enter sends and Shift+Enter breaks the line, or the other way round (Ctrl+Enter then sends). */
  enterSends: boolean
  sound: boolean
  /** Whether to be told, outside of the page, of a mention; the browser asks for its own permission besides. */
  notify: boolean
}

const key = 'teahouse-settings'
const unlessSet: Settings = { enterSends: true, sound: false, notify: false }

/** As they were kept; what is changed on the result is kept too. */
export function openSettings(): Settings {
  const settings = reactive({ ...unlessSet, ...read() })
  watch(settings, (now) => keep(now))
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

function keep(settings: Settings): void {
  try {
    localStorage.setItem(key, JSON.stringify(settings))
  } catch {
    // As above: the choice then lives as long as the page.
  }
}
