import { type Command, parseCommand, type Reference, referenceOf } from '../../shared/protocol/commands.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { ServerFrame } from '../../shared/protocol/frames.ts'
import type { User } from '../../shared/protocol/types.ts'
import { refuseUnlessCurrent } from '../cluster/node.ts'
import type { Services } from '../commands/contract.ts'
import { handlers } from '../commands/handlers.ts'
import { refuseReadOnly } from '../commands/read-only.ts'
import type { ConnectionLimits } from '../rate-limit/limiter.ts'
import { ReaderGone } from '../rate-limit/read-queue.ts'
import type { Caller } from './contract.ts'

/** Clients send what has failed as `internal` again after that time. */
const againMs = 2_000

export type Refusal = Extract<ServerFrame, { type: 'error' }>

interface Sender {
  readonly limits: ConnectionLimits
  readonly user: User
  /** By room: why a write was put off. What came before its sender could know of that is put off too. */
  putOff: Map<string, ChatError> | undefined
}

/**
 * Carries out one command of a connection, which answers it through `callerOf`.
 * @param read gives the object that came, still to be parsed; undefined when there is nothing to do
 * @returns why it was refused; undefined when it was not, or when nobody waits for the answer any more
 */
export async function runCommand(
  services: Services,
  sender: Sender,
  read: () => Record<string, unknown> | undefined,
  callerOf: (command: Command) => Caller,
): Promise<Refusal | undefined> {
  const { limits, user } = sender
  let reference: Reference = {}
  try {
    const frame = read()
    if (!frame) return refuseIfTooFast(limits)
    reference = referenceOf(frame)
    const command = parseCommand(frame)
    // Commands that write have a limit of their own: those with a key.
    if (!('key' in command)) refuseIfTooFast(limits)
    else if ('room' in command) refuseBehind(sender, command.room)
    const caller = callerOf(command)
    refuseReadOnly(caller.session, command)
    if (command.type !== 'ping') refuseUnlessCurrent(services.node)
    await (handlers[command.type] as Handler)(services, caller, command)
    return undefined
  } catch (error) {
    if (error instanceof ReaderGone) return undefined
    notePutOff(sender, error, reference)
    return refusalFrom(services, user, error, reference)
  }
}

/** Writes of a connection into a room keep their order: one that is put off comes again, and those behind it with it. */
function refuseBehind({ putOff }: Sender, room: string | undefined): void {
  const error = room === undefined ? undefined : putOff?.get(room)
  if (error) throw error
}

function notePutOff(sender: Sender, error: unknown, { key, room }: Reference): void {
  if (key === undefined || room === undefined) return
  // What fails as `internal` comes again, too.
  const reason = error instanceof ChatError ? error : new ChatError('unavailable', 'One before it has failed.', againMs)
  if (reason.code !== 'unavailable') return
  sender.putOff ??= new Map()
  sender.putOff.set(room, reason)
}

/** Carries out an upload of a connection, which costs as much as one by a request. @returns what `work` returns, or why it was refused */
export async function runUpload<Answer>(
  services: Services,
  { session, network }: Pick<Caller, 'session' | 'network'>,
  reference: Reference,
  work: () => Promise<Answer>,
): Promise<Answer | Refusal> {
  try {
    const retryAfterMs = services.limiter.page(network, session)
    if (retryAfterMs) throw new ChatError('too-fast', 'Too many uploads.', retryAfterMs)
    refuseUnlessCurrent(services.node)
    return await work()
  } catch (error) {
    return refusalFrom(services, session.user, error, reference)
  }
}

function refusalFrom({ log }: Pick<Services, 'log'>, { id }: User, error: unknown, reference: Reference): Refusal {
  if (error instanceof ChatError) return refusalOf(error, reference)
  log.event('command-failed', { user: id, err: error })
  return { type: 'error', code: 'internal', message: 'Something went wrong here. Try again.', ...reference }
}

function refuseIfTooFast(limits: ConnectionLimits): undefined {
  const retryAfterMs = limits.command()
  if (retryAfterMs) throw new ChatError('too-fast', 'Too many commands.', retryAfterMs)
}

/** The frame that refuses a command. */
export function refusalOf({ code, message, retryAfterMs }: ChatError, reference: Reference): Refusal {
  return { type: 'error', code, message, ...(retryAfterMs && { retryAfterMs }), ...reference }
}

type Handler = (services: Services, from: Caller, command: unknown) => Promise<void> | void
