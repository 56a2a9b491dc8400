/** The people whom an `@` may mean. The server is asked for those whom the page does not know. */

import { CommandError } from '../../../clients/js/src/pending-commands.ts'
import { limits } from '../../shared/protocol/limits.ts'
import type { User } from '../../shared/protocol/types.ts'
import { canMentionEveryone } from '../../shared/rights.ts'
import { foldName } from '../../shared/text.ts'
import type { Chat } from '../app/chat.ts'
import { mergeFound } from '../people/people-choices.ts'
import type { RoomState } from '../room/room-state.ts'

interface Environment {
  chat: Pick<Chat, 'ask' | 'user'>
  room: () => Pick<RoomState, 'room' | 'messages' | 'people'>
  isModerator: () => boolean
  /** There are more people than before. */
  found: () => void
}

const askAfterMs = 150

export class PeopleToMention {
  readonly #around: Environment
  #members: readonly User[] = []
  /** How many there are, where one page has all of them. */
  #memberCount = Number.POSITIVE_INFINITY
  #isAskedForMembers = false
  #found: readonly User[] = []
  /** Beginnings of names to which the server's answer had everybody: longer ones need no question. */
  readonly #complete: string[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(around: Environment) {
    this.#around = around
  }

  /** Those who wrote last first, then people online, other members, and other people whom the user can know. */
  list(): readonly User[] {
    const { chat, room } = this.#around
    const { messages, people } = room()
    const authors = new Map<number, User>()
    for (const { user } of messages.toReversed())
      if (user.id !== chat.user.id && !authors.has(user.id)) authors.set(user.id, user)
    return [people, this.#members, this.#found].reduce<readonly User[]>(mergeFound, [...authors.values()])
  }

  /** Whether the user may mention everybody in the room. */
  mayMentionEveryone(): boolean {
    return canMentionEveryone(this.#around.isModerator(), this.#memberCount)
  }

  /** After `@` and the beginning of a name were typed. */
  find(typed: string) {
    void this.#fetchMembers()
    clearTimeout(this.#timer)
    const name = typed.normalize('NFC').trim()
    const folded = foldName(name)
    if (!name || this.#complete.some((known) => folded.startsWith(known))) return
    this.#timer = setTimeout(() => this.#fetchNamed(name), askAfterMs)
  }

  stop() {
    clearTimeout(this.#timer)
  }

  /** One page. Members of larger rooms are found by their names. */
  async #fetchMembers() {
    if (this.#isAskedForMembers) return
    this.#isAskedForMembers = true
    const { room } = this.#around.room()
    const page = await this.#ask({ type: 'members', room })
    this.#isAskedForMembers = page !== undefined
    if (!page) return
    this.#members = page.data.filter(({ bannedUntil }) => !bannedUntil).map(({ user }) => user)
    if (!page.more) this.#memberCount = this.#members.length
    this.#around.found()
  }

  async #fetchNamed(name: string) {
    const answer = await this.#ask({ type: 'users', data: name })
    if (!answer) return
    if (answer.data.length < limits.maxListedMembers) this.#complete.push(foldName(name))
    this.#found = mergeFound(this.#found, answer.data)
    this.#around.found()
  }

  /** Without an answer the people who are known can still be chosen; the next letter asks again. */
  async #ask<Asked extends Parameters<Chat['ask']>[0]>(question: Asked) {
    try {
      return await this.#around.chat.ask(question)
    } catch (error) {
      if (error instanceof CommandError) return undefined
      throw error
    }
  }
}
