import type { Meter } from '../contracts/metering.ts'
import type { Attempt, OutgoingStore, Passed } from '../contracts/outgoing.ts'
import type { Driver } from '../driver.ts'

export class OutgoingHooks implements OutgoingStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  list() {
    return this.#driver.lookUp('outgoingHooks')
  }

  next(hook: number, at: number) {
    return this.#driver.read(undefined, 'nextDelivery', hook, at)
  }

  async pass(hook: number, passed: readonly Passed[]) {
    await this.#driver.write('passMessages', hook, passed)
  }

  note(attempt: Attempt) {
    return this.#driver.write('noteDelivery', attempt)
  }

  deliveries(hook: number, meter?: Meter) {
    return this.#driver.read(meter, 'deliveries', hook)
  }

  commandsIn(room: string) {
    return this.#driver.lookUp('commandsIn', room)
  }
}
