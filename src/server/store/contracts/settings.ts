import type { StoredSettings } from '../../../shared/server-settings.ts'

/** The settings of the server. The moderation action `settings` changes them. */
export interface SettingsStore {
  /** What was set; nothing before the first change. */
  get(): Promise<StoredSettings>
}
