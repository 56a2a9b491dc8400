import type { NamedFile } from '../../../clients/js/src/outbox-items.ts'

/** What the composer asks of the files beside its text. */
export interface AttachedFiles {
  /** Whether a message without a text would have some. */
  readonly hasFiles: boolean
  /** @returns the keys of the uploads; of an edited message the ids of the files that stay; undefined when nothing is to be said */
  take(): NamedFile[] | undefined
}
