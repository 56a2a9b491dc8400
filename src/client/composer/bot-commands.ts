/** The slash commands of the bots in a room. The server is asked when somebody begins to type one. */

import { CommandError } from '../../../clients/js/src/pending-commands.ts'
import type { BotCommand } from '../../shared/protocol/types.ts'
import type { Chat } from '../app/chat.ts'

interface Environment {
  chat: Pick<Chat, 'ask'>
  room: () => string
  /** There are more commands than before. */
  found: () => void
}

export class BotCommands {
  readonly #around: Environment
  #commands: readonly BotCommand[] = []
  #isAsked = false

  constructor(around: Environment) {
    this.#around = around
  }

  list(): readonly BotCommand[] {
    return this.#commands
  }

  /** Once; without an answer the next letter asks again. */
  find() {
    if (this.#isAsked) return
    this.#isAsked = true
    void this.#fetch()
  }

  async #fetch() {
    const answer = await this.#ask()
    this.#isAsked = answer !== undefined
    if (!answer?.data.length) return
    this.#commands = answer.data
    this.#around.found()
  }

  async #ask() {
    try {
      return await this.#around.chat.ask({ type: 'commands', room: this.#around.room() })
    } catch (error) {
      if (error instanceof CommandError) return undefined
      throw error
    }
  }
}
