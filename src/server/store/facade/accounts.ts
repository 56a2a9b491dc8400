import type { Status } from '../../../shared/protocol/types.ts'
import type { AccountStore, Viewer } from '../contracts/accounts.ts'
import type { Meter } from '../contracts/metering.ts'
import type { Driver } from '../driver.ts'

export class Accounts implements AccountStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  openGuest(name: string, skeleton: string) {
    return this.#driver.write('openGuest', name, skeleton, Date.now())
  }

  setImage(userId: number, image: number) {
    return this.#driver.write('setImage', userId, image)
  }

  noteSeen(userIds: readonly number[], at: number) {
    return this.#driver.write('noteSeen', userIds, at)
  }

  hideSeen(userId: number, isHidden: boolean) {
    return this.#driver.write('hideSeen', userId, isHidden)
  }

  setStatus(userId: number, status: Status | undefined) {
    return this.#driver.write('setStatus', userId, status, Date.now())
  }

  hasUser(name: string) {
    return this.#driver.lookUp('hasUser', name)
  }

  hasOwner() {
    return this.#driver.lookUp('hasOwner')
  }

  get(userId: number) {
    return this.#driver.lookUp('account', userId)
  }

  findClaimed(skeleton: string, name?: string) {
    return this.#driver.lookUp('claimedAccount', skeleton, name)
  }

  setPassword(change: Parameters<AccountStore['setPassword']>[0]) {
    return this.#driver.write('setPassword', change)
  }

  listLike(name: string, skeleton: string) {
    return this.#driver.lookUp('accountsLike', name, skeleton)
  }

  list(find: string, limit: number, meter?: Meter) {
    return this.#driver.read(meter, 'accounts', find, limit)
  }

  listKnown(viewer: Viewer, find: string, limit: number, meter?: Meter) {
    return this.#driver.read(meter, 'knownUsers', viewer, find, limit)
  }

  profile(viewerId: number, userId: number) {
    return this.#driver.lookUp('profile', viewerId, userId)
  }

  listBlocked(userId: number) {
    return this.#driver.lookUp('blockedUsers', userId)
  }
}
