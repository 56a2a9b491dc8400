/** What a webhook is sent, and what its answer says. */
import { botCommandOf } from '../../shared/commands/bot-command.ts'
import { limits } from '../../shared/protocol/limits.ts'
import { hasInk, withoutControls } from '../../shared/text.ts'
import { hookMessage } from '../hooks/hook-message.ts'
import type { Outgoing, OutgoingKind } from '../store/store.ts'
import type { Answer } from './post.ts'

const types: Record<OutgoingKind, string> = {
  messages: 'message.created',
  mentions: 'bot.mentioned',
  command: 'command.called',
}

const excerptCharacters = 200

/** The same for each attempt: the other side knows by it what it has had already. */
export function idOf({ delivery: { hook, roomId, message } }: Outgoing): string {
  return `msg_${hook}_${roomId}_${message}`
}

export function payloadOf({ kind, command: name, room, message: { room: _, ...message }, bot }: Outgoing): string {
  const called = botCommandOf(message.data)
  // The message may have been edited since: it called this command all the same.
  const command = kind === 'command' && (called?.name === name ? called : { name, text: '' })
  return JSON.stringify({
    type: types[kind],
    timestamp: new Date(message.at).toISOString(),
    data: { room, bot: bot.user, message, ...(command && { command }) },
  })
}

/** What is written in the room as the answer to a command: `text` of JSON, in Slack's form too, or a plain text. */
export function textOfAnswer(answer: Answer): string | undefined {
  if (answer.type !== 'answered') return undefined
  if (/^application\/json\b/i.test(answer.contentType)) return hookMessage(parsed(answer.body))
  if (!/^text\/plain\b/i.test(answer.contentType)) return undefined
  const text = withoutControls(answer.body.toWellFormed().replaceAll('\0', '')).trim()
  return hasInk(text) ? [...text].slice(0, limits.maxMessageCharacters).join('') : undefined
}

/** How the answer begins, for an admin. */
export function excerptOf({ body }: { body: string }): string {
  const text = withoutControls(
    body
      .slice(0, 4 * excerptCharacters)
      .toWellFormed()
      .replaceAll('\0', ''),
  )
  return [...text.replace(/\s+/g, ' ').trim()].slice(0, excerptCharacters).join('')
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // Hostile or broken: it says nothing.
    return undefined
  }
}
