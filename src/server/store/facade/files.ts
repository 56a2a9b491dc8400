import type { Viewer } from '../contracts/accounts.ts'
import type { FileContent, FileStore, FileUploader, ListCursor, NewFile } from '../contracts/files.ts'
import type { Meter } from '../contracts/metering.ts'
import type { Driver } from '../driver.ts'

export class Files implements FileStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  create({ unverified, onlyInvited, ...file }: NewFile) {
    return this.#driver.write('createFile', { ...file, isVerified: !unverified, canViewPublic: !onlyInvited })
  }

  complete(id: string, content: FileContent) {
    return this.#driver.write('completeFile', id, content)
  }

  find(id: string) {
    return this.#driver.lookUp('file', id)
  }

  view(viewer: Viewer, id: string, at: number) {
    return this.#driver.lookUp('viewableFile', viewer, id, at)
  }

  discard(id: string, userId: number) {
    return this.#driver.write('discardFile', id, userId)
  }

  listed(viewer: Viewer, room: string, page: ListCursor, meter?: Meter) {
    return this.#driver.read(meter, 'filesIn', viewer, room, page)
  }

  expire(at: number) {
    return this.#driver.write('expireFiles', at)
  }

  hashesInUse(hashes: readonly string[]) {
    return this.#driver.read(undefined, 'hashesInUse', hashes)
  }

  exclusively<Result>(hash: string, work: (isHeld: () => Promise<boolean>) => Promise<Result>) {
    return this.#driver.exclusively(hash, work)
  }

  usage(uploader: FileUploader, since: number) {
    return this.#driver.read(undefined, 'fileUsage', uploader, since)
  }

  every(after: string, limit: number) {
    return this.#driver.read(undefined, 'everyFile', after, limit)
  }

  delete(ids: readonly string[]) {
    return this.#driver.write('deleteFiles', ids)
  }
}
