/** A simple model of a log and its messages, without the functions that the page uses. */
import type { Opened } from '../../../src/shared/protocol/frames.ts'
import type { Entry, Message, RoomSummary, User } from '../../../src/shared/protocol/types.ts'
import { anna, bo, deletion, edit, entry, li, opened, reaction, summary, topic } from './fakes.ts'

export const perPage = 4
export const perAnswer = 3

/** An attempted change. `at` selects the message. */
export interface Change {
  type: Entry['type']
  at: number
  user: User
  data: string
  on: boolean
}

type Reaction = Extract<Entry, { type: 'react' }>

export const people = [li, anna, bo]

export class LogModel {
  readonly #entries: Entry[] = []

  constructor(changes: readonly Change[]) {
    for (const change of changes) {
      const done = this.#do(change, this.#entries.length + 1)
      if (done) this.#entries.push(done)
    }
  }

  get length() {
    return this.#entries.length
  }

  /** An entry as it stood in the log when that had `length` entries: of what is deleted, the text is gone. */
  entry(id: number, length: number): Entry {
    const one = this.#entries[id - 1]
    if (!one) throw new Error(`The log has no entry ${id}.`)
    const { mentions: _, ...unnamed } = { mentions: undefined, ...one }
    if (unnamed.type === 'chat') return this.#isDeleted(id, length) ? { ...unnamed, data: '', deleted: true } : one
    const isGone = 'ref' in unnamed && id < this.#deletion(unnamed.ref, length)
    return isGone && unnamed.type !== 'delete' && unnamed.type !== 'pin' ? { ...unnamed, data: '' } : one
  }

  entriesAfter(after: number, to: number, length: number): Entry[] {
    return this.#entries.slice(after, to).map(({ id }) => this.entry(id, length))
  }

  messages(length: number): Message[] {
    return this.#upTo(length)
      .filter((one) => one.type === 'chat')
      .map((one) => this.#message(one, length))
  }

  topic(length: number): string {
    return this.#upTo(length).findLast((one) => one.type === 'room')?.data.topic ?? ''
  }

  /** The newest messages. `last` was read `lag` entries before them. */
  page(length: number, lag = 0): Opened {
    const messages = this.messages(length)
    const last = Math.max(0, length - lag)
    return opened({ last, read: 0, messages: messages.slice(-perPage), more: messages.length > perPage })
  }

  answer(length: number, after: number): Opened {
    const to = Math.min(length, after + perAnswer)
    return opened({ last: length, read: 0, entries: this.entriesAfter(after, to, length), more: to < length })
  }

  history(before: number, length: number): { messages: Message[]; more: boolean } {
    const older = this.messages(length).filter(({ id }) => id < before)
    return { messages: older.slice(-perPage), more: older.length > perPage }
  }

  summary(length: number, read = 0): RoomSummary {
    const unread = this.messages(length).filter(({ id, user, deleted }) => id > read && user !== li && !deleted)
    const named = unread.filter(({ mentions }) => mentions?.some(({ id }) => id === li.id))
    return summary({
      last: length,
      topic: this.topic(length),
      read,
      unread: unread.length,
      mentions: named.length,
    })
  }

  #do({ type, at, user, data, on }: Change, id: number): Entry | undefined {
    if (type === 'chat') return { ...entry(id, `${data} ${id}`, user), ...mentionsIn(on) }
    if (type === 'room') return topic(id, `${data} ${id}`)
    // An edit of what is deleted undoes that.
    const messages = this.messages(id - 1).filter(({ deleted }) => type === 'edit' || !deleted)
    const ref = messages[at % messages.length]?.id
    if (ref === undefined) return undefined
    if (type === 'edit') return { ...edit(id, ref, `${data} ${id}`, user), ...mentionsIn(on) }
    return type === 'delete' ? deletion(id, ref, user) : reaction(id, ref, data, user, on)
  }

  #upTo(length: number) {
    return this.#entries.slice(0, length)
  }

  #about(ref: number, length: number) {
    return this.#upTo(length).filter((one) => 'ref' in one && one.ref === ref)
  }

  #isDeleted(id: number, length: number): boolean {
    return this.#about(id, length).findLast(({ type }) => type !== 'react')?.type === 'delete'
  }

  /** The last one of the message; 0 when there was none. */
  #deletion(id: number, length: number): number {
    return this.#about(id, length).findLast(({ type }) => type === 'delete')?.id ?? 0
  }

  #message({ id, room, user, at, data, mentions }: Extract<Entry, { type: 'chat' }>, length: number): Message {
    const message: Message = { id, room, type: 'chat', user, at, data }
    if (this.#isDeleted(id, length)) return { ...message, data: '', deleted: true }
    const edited = this.#about(id, length).findLast((one) => one.type === 'edit')
    const reactions = this.#reactions(id, length)
    const said = edited ?? { mentions }
    return {
      ...message,
      ...(edited && { data: edited.data, edited: edited.at }),
      ...(said.mentions && { mentions: said.mentions }),
      ...(Object.keys(reactions).length && { reactions }),
    }
  }

  /** For each reaction those whose last word about it was yes, in the order of those last words. */
  #reactions(ref: number, length: number): Record<string, number[]> {
    const deletion = this.#deletion(ref, length)
    const given = this.#about(ref, length).filter((one): one is Reaction => one.type === 'react' && one.id > deletion)
    const isLastWord = (one: (typeof given)[number]) =>
      one === given.findLast(({ data, user }) => data === one.data && user.id === one.user.id)
    const membership = given.filter((one) => one.on && isLastWord(one))
    const kinds = [...new Set(membership.map(({ data }) => data))].sort(byBytes)
    return Object.fromEntries(
      kinds.map((kind) => [kind, membership.filter(({ data }) => data === kind).map(({ user }) => user.id)]),
    )
  }
}

function mentionsIn(isMentioned: boolean) {
  return isMentioned ? { mentions: [{ id: li.id, name: li.name }] } : {}
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
