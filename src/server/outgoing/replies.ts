/** What the server writes as the bot of a webhook: the answer to a command, and that the webhook is paused. */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { secondMs } from '../../shared/durations.ts'
import type { Commands } from '../../shared/protocol/commands.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import { sessionOf } from '../auth/callers.ts'
import { hashOf } from '../auth/tokens.ts'
import type { ChatService } from '../commands/chat-service.ts'
import type { Log } from '../log.ts'
import type { Attempt, Bot, Outgoing, OutgoingHook, PauseReason, Store } from '../store/store.ts'
import { idOf, textOfAnswer } from './payload.ts'
import type { Answer } from './post.ts'

/** The address in limits of what webhooks make the server write. */
const network = 'outgoing webhooks'
const maxTries = 3
const maxWaitMs = 2 * secondMs

interface Needs {
  chat: Pick<ChatService, 'write' | 'run'>
  store: Pick<Store, 'rooms'>
  log: Pick<Log, 'event'>
}

export class Replies {
  readonly #needs: Needs

  constructor(needs: Needs) {
    this.#needs = needs
  }

  /**
   * Writes the answer to a command as a reply to it: once, however often the command is sent. A command that is given up gets a reply
   * too, so that nobody waits. @returns false when the bot may not write there
   */
  async answer(next: Outgoing, answer: Answer, { result, isDone }: Attempt, signal: AbortSignal): Promise<boolean> {
    if (next.kind !== 'command' || !isDone) return true
    const isSuccess = result === 'delivered'
    const text = isSuccess ? textOfAnswer(answer) : `⚠️ /${next.command}: ${textOfAnswer(answer) ?? faultOf(answer)}`
    if (text === undefined || (next.delivery.asked !== undefined && !isSuccess)) return true
    const key = hashOf(`${idOf(next)} ${isSuccess}`).toString('base64url')
    return await this.#write(next, text, key, signal)
  }

  async #write({ bot, room, message }: Outgoing, data: string, key: string, signal: AbortSignal): Promise<boolean> {
    const writing = { room: room.room, key, content: { type: 'chat', data, reply: message.id } } as const
    for (let tries = 1; ; tries++) {
      try {
        // Writing would bring back a bot that was removed while the other side worked.
        const membership = await this.#needs.store.rooms.membership(bot.user.id, room.room)
        if (!membership?.isIn || membership.isRequest) return false
        await this.#needs.chat.write(writerOf(bot), network, writing)
        return true
      } catch (error) {
        if (!(error instanceof ChatError)) throw error
        // The command was sent again, and answered otherwise: the first answer stands.
        if (error.code === 'bad-field') return true
        if (error.code !== 'too-fast' || tries === maxTries) return false
        await wait(Math.min(error.retryAfterMs ?? maxWaitMs, maxWaitMs), undefined, { signal })
      }
    }
  }

  /** In a conversation with the admin who has made the webhook. */
  async tellPaused({ id, url, createdBy }: OutgoingHook, bot: Bot, reason: PauseReason): Promise<void> {
    if (createdBy === undefined) return
    const { chat, log } = this.#needs
    // A bot that sees only its rooms creates none otherwise.
    const session = { ...writerOf(bot), canViewPublic: true }
    const { origin } = new URL(url)
    try {
      const asker = { session, network, signal: new AbortController().signal }
      const key = `webhook-notice-${createdBy}`
      const conversation: Commands['create'] = { type: 'create', kind: 'direct', users: [createdBy], topic: '', key }
      const made = await chat.run(asker, conversation)
      if (made?.type !== 'room') return
      const data = `⚠️ ${notices[reason](id, origin)}\n/admin/webhooks/${id}`
      await chat.write(session, network, { room: made.room, key: randomUUID(), content: { type: 'chat', data } })
    } catch (err) {
      // The bot may not know the admin, or be blocked: the page and the log say it too.
      if (!(err instanceof ChatError)) log.event('task-failed', { reason: 'webhook-notice', err })
    }
  }
}

/** In both languages: nobody knows which one the admin reads. */
const notices: Record<PauseReason, (id: number, origin: string) => string> = {
  admin: (id, origin) => `Webhook ${id} (${origin}) is paused. Webhook ${id} 已暂停。`,
  gone: (id, origin) =>
    `Webhook ${id} (${origin}) is paused: the address answered 410. Webhook ${id} 已暂停：对方返回 410。`,
  failing: (id, origin) =>
    `Webhook ${id} (${origin}) is paused: nothing was accepted for a day. Webhook ${id} 已暂停：一天之内对方未接受任何请求。`,
}

/** A bot without the right to write has it for what its webhook answers, like one of an incoming webhook. */
function writerOf(bot: Bot) {
  const { isReadOnly: _, ...session } = sessionOf(bot)
  return session
}

function faultOf(answer: Answer): string {
  return answer.type === 'answered' ? `HTTP ${answer.status}` : answer.type
}
