import type { Viewer } from '../contracts/accounts.ts'
import type { Meter } from '../contracts/metering.ts'
import type { AuditQuery, ModerationStore, NewModerationAction } from '../contracts/moderation.ts'
import type { Driver } from '../driver.ts'

export class Moderation implements ModerationStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  moderate(action: NewModerationAction) {
    return this.#driver.write('moderate', action)
  }

  continueAction(action: number, at: number) {
    return this.#driver.write('continueAction', action, at)
  }

  unfinishedActions() {
    return this.#driver.lookUp('unfinishedActions')
  }

  auditLog(viewer: Viewer, query: AuditQuery, limit: number, meter?: Meter) {
    return this.#driver.read(meter, 'auditLog', viewer, query, limit)
  }

  bannedRanges(at: number) {
    return this.#driver.lookUp('bannedRanges', at)
  }

  removeExpired(at: number, removedBefore: number) {
    return this.#driver.write('removeExpired', at, removedBefore)
  }
}
