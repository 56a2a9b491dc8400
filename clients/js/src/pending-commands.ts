/** Commands that the server answers once. Each answer goes to its caller. */
import type { ClientFrame } from '../../../src/shared/protocol/commands.ts'
import type { ErrorCode } from '../../../src/shared/protocol/errors.ts'
import type { ServerFrame } from '../../../src/shared/protocol/frames.ts'
import type { HistoryPosition } from '../../../src/shared/protocol/types.ts'
import type { Clock } from './clock.ts'

type Frame<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>
/** A room as it stands, which no entry of its log is. */
export type RoomUpdate = Extract<ServerFrame, { type: 'room'; id?: never; gone?: never }>

interface Answers {
  chat: Frame<'sent'>
  edit: Frame<'sent'>
  delete: Frame<'sent'>
  react: Frame<'sent'>
  history: Frame<'history'>
  summary: RoomUpdate
  audit: Frame<'audit'>
  create: RoomUpdate
  invite: Frame<'invite'>
  members: Frame<'members'>
  users: Frame<'users'>
  invites: Frame<'invites'>
  change: Frame<'done'>
  notify: Frame<'done'>
  status: Frame<'done'>
  accept: Frame<'done'>
  leave: Frame<'done'>
  add: Frame<'done'>
  revoke: Frame<'done'>
  kick: Frame<'done'>
  mute: Frame<'done'>
  ban: Frame<'done'>
  role: Frame<'done'>
  block: Frame<'done'>
  blocks: Frame<'blocks'>
  'delete-room': Frame<'done'>
  unreact: Frame<'done'>
  pin: Frame<'done'>
  pins: Frame<'pins'>
  files: Frame<'files'>
  commands: Frame<'commands'>
  mentions: Frame<'mentions'>
  notifications: Frame<'notifications'>
  'set-notifications': Frame<'notifications'>
  'push-subscribe': Frame<'notifications'>
  'push-unsubscribe': Frame<'notifications'>
  'push-test': Frame<'notifications'>
  save: Frame<'done'>
  saved: Frame<'saved'>
  search: Frame<'found'>
  'next-mention': Frame<'next-mention'>
  purge: Frame<'done'>
  undo: Frame<'done'>
}

type Asked = Extract<ClientFrame, { type: keyof Answers }>
type WithoutKey<Frame> = Frame extends { key: string } ? Omit<Frame, 'key'> & { key?: string } : Frame
/**
 * A command that is answered once. A key of its own is for what may be asked again: the server then does it once. Others
 * are given one.
 */
export type AnsweredCommand = WithoutKey<Asked>
export type AnswerTo<Asked extends AnsweredCommand> = Answers[Asked['type']]

type ErrorFrame = Frame<'error'>
type Answer = Answers[keyof Answers]

/** The server refused the command, or the connection was lost before its answer came. */
export class CommandError extends Error {
  readonly code: ErrorCode | 'connection-lost'

  constructor(code: CommandError['code'], message: string) {
    super(message)
    this.name = 'CommandError'
    this.code = code
  }
}

export interface CommandSender {
  clock: Clock
  newKey(): string
  /** Whether it went to an open connection. */
  send(frame: ClientFrame): boolean
}

interface Open {
  frame: Asked
  resolve: (answer: Answer) => void
  reject: (refusal: CommandError) => void
}

/** These are answered by what they ask for; all others by their key. */
const unkeyed: ReadonlySet<string> = new Set([
  'members',
  'users',
  'invites',
  'blocks',
  'pins',
  'files',
  'commands',
  'mentions',
  'notifications',
  'search',
  'next-mention',
  'saved',
  'history',
  'summary',
  'audit',
])

/** A question that may be asked again within this time is: its caller waits for the answer as if it were slow. */
const maxRetryMs = 30_000

export class PendingCommands {
  readonly #asker: CommandSender
  #open: readonly Open[] = []
  /** Those that were refused as too fast and are asked again later. */
  readonly #later = new Set<Open>()

  constructor(asker: CommandSender) {
    this.#asker = asker
  }

  /** Rejects with a `CommandError`, at once while the page is offline. */
  ask<Asked extends AnsweredCommand>(question: Asked): Promise<AnswerTo<Asked>> {
    const frame = (unkeyed.has(question.type) ? question : { key: this.#asker.newKey(), ...question }) as Open['frame']
    const answer = new Promise<Answer>((resolve, reject) => this.#send({ frame, resolve, reject }))
    return answer as Promise<AnswerTo<Asked>>
  }

  /** @param answer any frame but an `error`: it may answer nothing */
  answered(answer: ServerFrame): void {
    this.#take(({ frame }) => isAnswerTo(frame, answer))?.resolve(answer as Answer)
  }

  /** @returns whether it answers a pending command */
  failed({ code, message, command, key, room, retryAfterMs = Number.POSITIVE_INFINITY }: ErrorFrame): boolean {
    const question = this.#take(({ frame }) => {
      if ('key' in frame) return frame.key === key
      return frame.type === command && (!('room' in frame) || frame.room === room)
    })
    if (!question) return false
    const isRead = unkeyed.has(question.frame.type)
    if (isRead && code === 'too-fast' && retryAfterMs <= maxRetryMs) this.#askLater(question, retryAfterMs)
    else question.reject(new CommandError(code, message))
    return true
  }

  /** Whether the open commands were carried out stays unknown. */
  connectionLost(): void {
    const open = [...this.#open, ...this.#later]
    this.#open = []
    this.#later.clear()
    for (const { reject } of open) reject(connectionLost())
  }

  #send(question: Open): void {
    if (this.#asker.send(question.frame)) this.#open = [...this.#open, question]
    else question.reject(connectionLost())
  }

  #askLater(question: Open, ms: number): void {
    this.#later.add(question)
    this.#asker.clock.after(ms, () => {
      if (this.#later.delete(question)) this.#send(question)
    })
  }

  #take(isIt: (open: Open) => boolean): Open | undefined {
    const taken = this.#open.find(isIt)
    this.#open = this.#open.filter((one) => one !== taken)
    return taken
  }
}

function isAnswerTo(frame: Asked, answer: ServerFrame): boolean {
  if ('key' in frame) return 'key' in answer && answer.key === frame.key
  if (frame.type === 'summary') return answer.type === 'room' && answer.room === frame.room
  if (frame.type === 'search')
    return answer.type === 'found' && answer.query === frame.query && answer.room === frame.room
  if (frame.type !== answer.type) return false
  if (frame.type === 'users') return answer.type === 'users' && answer.find === frame.data
  if (frame.type === 'members' && answer.type === 'members' && !isSame(frame, answer)) return false
  if (frame.type === 'history' && answer.type === 'history' && !isSamePlace(frame, answer)) return false
  if (frame.type === 'mentions' || frame.type === 'saved' || frame.type === 'files')
    if ((answer as { before?: number }).before !== frame.before) return false
  return roomOf(answer) === roomOf(frame)
}

function roomOf(of: object): string | undefined {
  return (of as { room?: string }).room
}

function isSame(frame: Extract<Asked, { type: 'members' }>, answer: Frame<'members'>): boolean {
  return answer.find === frame.find && answer.user === frame.user
}

function isSamePlace(asked: HistoryPosition, { before, after, around }: HistoryPosition): boolean {
  return before === asked.before && after === asked.after && around === asked.around
}

function connectionLost(): CommandError {
  return new CommandError('connection-lost', 'There is no connection.')
}
