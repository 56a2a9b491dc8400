import type { Viewer } from '../contracts/accounts.ts'
import type { Meter } from '../contracts/metering.ts'
import type { SavedChange, SavedStore } from '../contracts/saved.ts'
import type { Driver } from '../driver.ts'

export class Saved implements SavedStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  save(viewer: Viewer, change: SavedChange) {
    return this.#driver.write('save', viewer, change)
  }

  idsIn(viewer: Viewer, room: string) {
    return this.#driver.lookUp('savedIn', viewer, room)
  }

  list(viewer: Viewer, before?: number, meter?: Meter) {
    return this.#driver.read(meter, 'savedMessages', viewer, before)
  }
}
