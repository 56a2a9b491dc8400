import type { NewSession, SessionRef, SessionStore } from '../contracts/sessions.ts'
import type { Driver } from '../driver.ts'

export class Sessions implements SessionStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  async start({ tokenHash, user, at, ...more }: NewSession) {
    const row = { tokenHash, userId: user.id, at, ...more }
    const { id, role, isVerified, ended } = await this.#driver.write('startSession', row)
    return { session: { id, user, role, isVerified, startedAt: at, seenAt: at }, ended }
  }

  find(tokenHash: Uint8Array) {
    return this.#driver.lookUp('session', tokenHash)
  }

  list(userId: number) {
    return this.#driver.lookUp('sessionsOf', userId)
  }

  touch(id: number, { at, agent, address }: Parameters<SessionStore['touch']>[1]) {
    return this.#driver.write('touchSession', id, at, agent, address)
  }

  async end({ id, user }: SessionRef) {
    await this.#driver.write('endSession', user.id, id)
  }

  keepAlive(ids: readonly number[], at: number) {
    return this.#driver.write('keepSessionsAlive', ids, at)
  }

  forgetDevice(deviceHash: Uint8Array) {
    return this.#driver.write('forgetDevice', deviceHash)
  }

  forgetDevicesBefore(seenAt: number) {
    return this.#driver.write('forgetDevicesBefore', seenAt)
  }

  endBefore(startedAt: number, seenAt = 0) {
    return this.#driver.write('endSessionsBefore', startedAt, seenAt)
  }
}
