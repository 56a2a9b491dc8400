import type { ServerLogStore } from '../contracts/server-log.ts'
import type { Driver } from '../driver.ts'

export class ServerLog implements ServerLogStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  head() {
    return this.#driver.lookUp('serverLogHead')
  }

  after(id: number, limit: number) {
    return this.#driver.lookUp('changesAfter', id, limit)
  }

  epoch() {
    return this.#driver.lookUp('epoch')
  }

  forgetBefore(at: number) {
    return this.#driver.write('forgetChangesBefore', at)
  }
}
