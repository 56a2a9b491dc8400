import type { SearchQuery } from '../../../shared/search/query.ts'
import type { Viewer } from '../contracts/accounts.ts'
import type { Meter } from '../contracts/metering.ts'
import type { SearchCursor, SearchStore, TextPart } from '../contracts/search.ts'
import type { Driver } from '../driver.ts'

export class Search implements SearchStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  find(viewer: Viewer, query: SearchQuery, cursor: SearchCursor, meter?: Meter) {
    return this.#driver.read(meter, 'searchMessages', viewer, query, cursor)
  }

  indexOlder() {
    return this.#driver.write('indexOlder')
  }

  progress() {
    return this.#driver.lookUp('indexingProgress')
  }

  nextText(at: number) {
    return this.#driver.lookUp('nextText', at)
  }

  addText(id: string, from: number, parts: readonly TextPart[], isLast: boolean) {
    return this.#driver.write('addText', id, from, parts, isLast)
  }

  leaveText(id: string) {
    return this.#driver.write('leaveText', id)
  }

  putOffText(id: string, until: number) {
    return this.#driver.write('putOffText', id, until)
  }

  removeText(place: number) {
    return this.#driver.write('removeText', place)
  }

  putOffRemoval(place: number, until: number) {
    return this.#driver.write('putOffRemoval', place, until)
  }
}
