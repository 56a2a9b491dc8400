import type { BotStore, NewBot, NewHook } from '../contracts/bots.ts'
import type { Driver } from '../driver.ts'

export class Bots implements BotStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  find(tokenHash: Uint8Array) {
    return this.#driver.lookUp('bot', tokenHash, Date.now())
  }

  findHook(tokenHash: Uint8Array) {
    return this.#driver.lookUp('hook', tokenHash, Date.now())
  }

  list() {
    return this.#driver.lookUp('bots')
  }

  listHooks() {
    return this.#driver.lookUp('hooks')
  }

  add(bot: NewBot & { at: number }) {
    return this.#driver.write('addBot', bot)
  }

  addHook(hook: NewHook & { at: number }) {
    return this.#driver.write('addHook', hook)
  }
}
