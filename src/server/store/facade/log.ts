import type { Entry, HistoryPosition, User } from '../../../shared/protocol/types.ts'
import { joinedTermsOf } from '../../../shared/search/fast-terms.ts'
import type { Viewer } from '../contracts/accounts.ts'
import type { Appended, KnownHead, LogStore, NewEntry } from '../contracts/log.ts'
import type { Meter } from '../contracts/metering.ts'
import type { Driver } from '../driver.ts'
import { columnsOf, mentionsOf, withoutUndefined } from '../rows.ts'

export class Log implements LogStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  async append(entry: NewEntry): Promise<Appended> {
    const { user, unverified, onlyInvited, room, key, at, ...content } = entry
    const access = { isVerified: !unverified, canViewPublic: !onlyInvited }
    const alts = 'alts' in content ? content.alts : undefined
    // Here, because SQLite's one writer is what everybody waits for.
    const terms = content.type === 'chat' ? joinedTermsOf(content.data) : undefined
    const row = { ...columnsOf(content), alts, terms, room, key, at, userId: user.id, ...access }
    const { isNew, id, at: storedAt, action, effects, mentioned, files } = await this.#driver.write('append', row)
    return {
      isNew,
      action,
      entry: {
        id,
        room,
        user,
        at: storedAt,
        ...withoutUndefined({ ...content, files, alts: undefined }),
        ...mentionsOf(mentioned),
      } as Entry,
      effects,
    }
  }

  entriesAfter(room: string, after: number, limit: number, meter?: Meter) {
    return this.#driver.read(meter, 'entriesAfter', room, after, limit)
  }

  newestEntries(room: string, limit: number, characters: number, meter?: Meter) {
    return this.#driver.read(meter, 'newestEntries', room, limit, characters)
  }

  timeOf(room: string, id: number) {
    return this.#driver.lookUp('timeOf', room, id)
  }

  heads(rooms: readonly KnownHead[]) {
    return this.#driver.lookUp('heads', rooms)
  }

  messages(room: string, place: HistoryPosition, limit: number, meter?: Meter, characters?: number) {
    return this.#driver.read(meter, 'messages', room, place, limit, characters)
  }

  reactions(room: string, message: number, limit: number, meter?: Meter) {
    return this.#driver.read(meter, 'reactionUsers', room, message, limit)
  }

  pins(room: string) {
    return this.#driver.lookUp('pins', room)
  }

  pinnedMessages(room: string, limit: number, meter?: Meter) {
    return this.#driver.read(meter, 'pinnedMessages', room, limit)
  }

  addressed(viewer: Viewer, before?: number, meter?: Meter) {
    return this.#driver.read(meter, 'addressedMessages', viewer, before)
  }

  nextMention({ id }: User, room: string, after: number, meter?: Meter) {
    return this.#driver.read(meter, 'nextMention', id, room, after)
  }
}
