/** Which tab of a browser looks after a message that is not sent yet: its own, or, once that is gone, any other. */

import { randomKey, type StoredItem } from '../../../clients/js/src/outbox-items.ts'
import { minuteMs } from '../../shared/durations.ts'
import { storageKeys } from '../session/storage-keys.ts'

const prefix = 'teahouse-tab-'
/** A browser without locks cannot tell whether a tab lives. Sending twice is harmless: the key is the same. */
const abandonedMs = minuteMs

/** Gives this tab its name, the one from before a reload unless a copy of the tab uses it, and holds it. */
export async function nameTab(): Promise<string> {
  const before = read()
  const name = before && (await hold(before)) ? before : randomKey()
  if (name !== before) await hold(name)
  write(name)
  return name
}

/** Decides for each kept message whether this tab may take it over. */
export async function orphans(tab: string, now: number): Promise<(item: StoredItem) => boolean> {
  const living = await livingTabs()
  if (!living) return (item) => item.tab === tab || now - item.at > abandonedMs
  return (item) => item.tab === tab || !living.has(item.tab)
}

async function livingTabs(): Promise<Set<string> | undefined> {
  const { held } = (await locks()?.query()) ?? {}
  return held && new Set(held.map(({ name = '' }) => name.slice(prefix.length)))
}

/** Resolves once it is known whether the lock is ours; it stays ours until the page ends. */
function hold(tab: string): Promise<boolean> {
  const manager = locks()
  if (!manager) return Promise.resolve(true)
  return new Promise((resolve) => {
    const forever = (lock: Lock | null) => {
      resolve(lock !== null)
      return lock ? new Promise<void>(() => {}) : undefined
    }
    manager.request(prefix + tab, { ifAvailable: true }, forever).catch(() => resolve(true))
  })
}

/** Locks exist only where the page came over https or from this machine. */
function locks(): LockManager | undefined {
  return (navigator as { locks?: LockManager }).locks
}

function read(): string | null {
  try {
    return sessionStorage.getItem(storageKeys.tab)
  } catch {
    // Storage may be forbidden; then every page is a new tab.
    return null
  }
}

function write(name: string) {
  try {
    sessionStorage.setItem(storageKeys.tab, name)
  } catch {
    // As above.
  }
}
