import type { InvitationStore, NewLink } from '../contracts/invitations.ts'
import type { Meter } from '../contracts/metering.ts'
import type { Driver } from '../driver.ts'

export class Invitations implements InvitationStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  create(link: NewLink) {
    return this.#driver.write('createLink', link)
  }

  createPasswordLink(link: Parameters<InvitationStore['createPasswordLink']>[0]) {
    return this.#driver.write('createPasswordLink', link)
  }

  find(tokenHash: Uint8Array, at: number) {
    return this.#driver.lookUp('link', tokenHash, at)
  }

  list(room: string, at: number, meter?: Meter) {
    return this.#driver.read(meter, 'invitations', room, at)
  }

  becomeOwner(use: Parameters<InvitationStore['becomeOwner']>[0]) {
    return this.#driver.write('becomeOwner', use)
  }

  setPassword(use: Parameters<InvitationStore['setPassword']>[0]) {
    return this.#driver.write('setPasswordByLink', use)
  }

  join({ session, ...use }: Parameters<InvitationStore['join']>[0]) {
    const row = session && { ...session, userId: session.user.id }
    return this.#driver.write('joinByLink', { ...use, ...(row && { session: row }) })
  }
}
