import type { Viewer } from '../contracts/accounts.ts'
import type { Picture, PictureStore } from '../contracts/pictures.ts'
import type { Driver } from '../driver.ts'

export class Pictures implements PictureStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  setOfUser(userId: number, picture: Picture | undefined) {
    return this.#driver.write('setUserPicture', userId, picture)
  }

  ofUser(userId: number) {
    return this.#driver.lookUp('userPicture', userId)
  }

  ofRoom(viewer: Viewer, room: string, at: number) {
    return this.#driver.lookUp('roomPicture', viewer, room, at)
  }

  every() {
    return this.#driver.read(undefined, 'everyPicture')
  }
}
