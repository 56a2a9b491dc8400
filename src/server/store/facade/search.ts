import type { SearchQuery } from '../../../shared/search/query.ts'
import type { Viewer } from '../contracts/accounts.ts'
import type { Meter } from '../contracts/metering.ts'
import type { SearchPlace, SearchStore } from '../contracts/search.ts'
import type { Driver } from '../driver.ts'

export class Search implements SearchStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  find(viewer: Viewer, query: SearchQuery, place: SearchPlace, meter?: Meter) {
    return this.#driver.read(meter, 'searchMessages', viewer, query, place)
  }

  indexOlder() {
    return this.#driver.write('indexOlder')
  }

  progress() {
    return this.#driver.lookUp('indexingProgress')
  }
}
