import type { SettingsStore } from '../contracts/settings.ts'
import type { Driver } from '../driver.ts'

export class Settings implements SettingsStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  get() {
    return this.#driver.lookUp('serverSettings')
  }
}
