/** A program that takes part in the chat, over any number of connections. */
import { closeCodes } from '../../../src/shared/protocol/close-codes.ts'
import type { ClientFrame } from '../../../src/shared/protocol/commands.ts'
import type { Opened, ServerFrame } from '../../../src/shared/protocol/frames.ts'
import type { HistoryPosition, User } from '../../../src/shared/protocol/types.ts'
import { normalizeName } from '../../../src/shared/text.ts'
import { ClientRooms, type LogPosition } from './client-rooms.ts'
import { Connection, type ConnectionState } from './connection.ts'
import { Deferred } from './deferred.ts'
import type { Environment } from './environment.ts'
import { type ReceivedFrame, readFrame, writeFrame } from './frames.ts'
import { type ClientEvents, Listeners } from './listeners.ts'
import { Outbox } from './outbox.ts'
import { commandOf, type Item, type MessageChange, randomKey, type Storage } from './outbox-items.ts'
import { type AnsweredCommand, type AnswerTo, CommandError, PendingCommands } from './pending-commands.ts'

type Frame<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>

/** The server has the message on its disk. */
export interface Stored {
  /** Id of its entry in the log of the room. */
  id: number
  key: string
}

/** The connection has ended for good, with a close code of the protocol; 1000 after `disconnect`. */
export class ConnectionEnded extends Error {
  readonly code: number

  constructor(code: number, reason = '') {
    super(`The connection has ended with ${code}. ${reason}`.trim())
    this.name = 'ConnectionEnded'
    this.code = code
  }
}

export class Client {
  /** The user of this client, once the server has said it. Rejects with a `ConnectionEnded` when the server refuses the client. */
  readonly ready: Promise<User>
  #user: User | undefined
  readonly #storage: Storage
  readonly #clock: Environment['clock']
  readonly #listeners = new Listeners()
  readonly #connection: Connection
  readonly #rooms: ClientRooms
  readonly #pending: PendingCommands
  #outbox: Outbox | undefined
  #end: ConnectionEnded | undefined
  /** The messages that somebody waits for, by their keys. */
  readonly #sends = new Map<string, Deferred<Stored>>()
  readonly #ready = new Deferred<User>()

  constructor(environment: Environment, storage: Storage) {
    this.#storage = harmless(storage)
    this.#clock = environment.clock
    this.ready = this.#ready.promise
    const send = (frame: ClientFrame) => this.emit(frame)
    this.#pending = new PendingCommands({ clock: this.#clock, newKey: randomKey, send })
    this.#rooms = new ClientRooms({
      clock: this.#clock,
      send,
      outbox: () => this.#outbox,
      received: (frame) => this.#tell(frame),
    })
    this.#connection = new Connection(environment, {
      changed: (state) => this.#changed(state),
      received: (text) => this.#received(readFrame(text)),
    })
    this.#connection.start()
  }

  get state(): ConnectionState {
    return this.#connection.state
  }

  /** @returns takes the listener away */
  on<Type extends keyof ClientEvents>(type: Type, listener: (event: ClientEvents[Type]) => void): () => void {
    return this.#listeners.add(type, listener)
  }

  /**
   * Opens the room on this connection and on those after it. Resolves when nothing is missing. Rejects with a `CommandError`.
   * @param from from where entries are wanted; from now on unless it is said
   */
  async open(room: string, from?: LogPosition): Promise<Opened> {
    if (this.#end) throw this.#end
    return await this.#rooms.open(normalizeName(room), from)
  }

  close(room: string) {
    this.#rooms.close(normalizeName(room))
  }

  /** Up to where entries of the room have come. */
  position(room: string): LogPosition | undefined {
    return this.#rooms.position(normalizeName(room))
  }

  /**
   * Sends a message, again under the same key until the server answers. Opens the room. `files` are the ids of uploaded files.
   * Resolves when it is stored. Rejects with the `CommandError` of a refusal, or with a `ConnectionEnded`.
   */
  send(
    room: string,
    data: string,
    { reply, key, files }: { reply?: number; key?: string; files?: string[] } = {},
  ): Promise<Stored> {
    const address = normalizeName(room)
    return this.#deliver(address, (outbox) => outbox.add(address, data, reply, key, files && { files }), key)
  }

  /** Edits or deletes a message, or reacts to it, as `send` does. */
  change(change: MessageChange): Promise<Stored> {
    const room = normalizeName(change.room)
    return this.#deliver(room, (outbox) => outbox.change({ ...change, room }))
  }

  /** Sends any command once. @returns whether it went to an open connection */
  emit(frame: ClientFrame): boolean {
    return this.#connection.send(writeFrame(frame))
  }

  /** Sends any command that is answered, once. Rejects with a `CommandError`, whose code is `connection-lost` without a connection. */
  async ask<Asked extends AnsweredCommand>(question: Asked): Promise<AnswerTo<Asked>> {
    await this.ready
    const asked =
      'room' in question && question.room !== undefined ? { ...question, room: normalizeName(question.room) } : question
    return await this.#pending.ask(asked as Asked)
  }

  /** A page of messages, oldest first: the newest ones, or those before, after or around an id. Opens the room. */
  async history(room: string, page: HistoryPosition & { limit?: number } = {}): Promise<Frame<'history'>> {
    await this.open(room)
    return await this.ask({ type: 'history', room, ...page })
  }

  /** Ends the connection for good. What was not stored is rejected; a storage keeps it. */
  disconnect() {
    if (!this.#end) this.#connection.stop(1000)
  }

  async #deliver(room: string, add: (outbox: Outbox) => string, ownKey?: string): Promise<Stored> {
    await this.ready
    if (this.#end || !this.#outbox) throw this.#end
    void this.#rooms.open(room)
    const key = ownKey !== undefined && this.#sends.has(ownKey) ? ownKey : add(this.#outbox)
    const waiting = this.#sends.get(key) ?? new Deferred<Stored>()
    this.#sends.set(key, waiting)
    return await waiting.promise
  }

  #changed(state: ConnectionState) {
    if (state.state !== 'open') this.#connectionLost()
    if (state.state === 'ended') this.#ended(new ConnectionEnded(state.code, state.reason))
    // Afterwards: a listener may disconnect, and the connection is in the middle of its change.
    queueMicrotask(() => this.#listeners.call('state', state))
  }

  #connectionLost() {
    this.#outbox?.connectionLost()
    this.#pending.connectionLost()
    this.#rooms.connectionLost()
  }

  #ended(error: ConnectionEnded) {
    this.#end = error
    this.#ready.reject(error)
    this.#rooms.ended(error)
    for (const { reject } of this.#sends.values()) reject(error)
    this.#sends.clear()
    if (error.code !== closeCodes.signedOut) return
    for (const { key } of this.#outbox?.items ?? []) this.#outbox?.discard(key)
  }

  #received(frame: ReceivedFrame) {
    switch (frame.type) {
      case 'chat':
      case 'edit':
      case 'delete':
      case 'react':
      case 'pin':
      case 'unknown-entry':
        return this.#rooms.entry(frame)
      case 'opened':
        return this.#rooms.opened(frame)
      case 'error':
        this.#failed(frame)
        return this.#tell(frame)
      case 'welcome':
        if (this.#user && this.#user.id !== frame.user.id)
          return this.#connection.stop(closeCodes.invalidUser, 'The session is of another user.')
        this.#welcomed(frame)
        break
      case 'room':
        if (frame.id !== undefined) return this.#rooms.entry(frame)
        this.#rooms.updated(frame)
        break
      case 'bye':
        this.#connection.reconnectAfter(frame.retryAfterMs)
        break
      case 'sent':
        this.#stored(frame)
    }
    this.#pending.answered(frame)
    this.#tell(frame)
  }

  #tell(frame: ServerFrame) {
    this.#listeners.call(frame.type, frame as never)
    if ('at' in frame && frame.type !== 'opened') this.#listeners.call('entry', frame)
  }

  #welcomed({ user, rooms }: Frame<'welcome'>) {
    this.#user = user
    this.#outbox ??= this.#newOutbox(user)
    this.#rooms.welcomed(rooms)
    this.#ready.resolve(user)
  }

  #newOutbox(user: User): Outbox {
    const outbox = new Outbox({
      user: user.id,
      tab: '',
      storage: this.#storage,
      clock: this.#clock,
      newKey: randomKey,
      send: (item) => this.emit(commandOf(item)),
      // Nothing is shown here: what is stored is done.
      shown: () => Number.MAX_SAFE_INTEGER,
      changed: (items) => this.#refuse(items),
    })
    void this.#adopt(outbox)
    return outbox
  }

  /** What an earlier run of the program has not sent. */
  async #adopt(outbox: Outbox) {
    await outbox.adopt(() => true)
    for (const { room } of outbox.items) void this.#rooms.open(room, undefined, true)
  }

  #stored({ key, id }: Frame<'sent'>) {
    this.#outbox?.sent(key, id)
    this.#sends.get(key)?.resolve({ id, key })
    this.#sends.delete(key)
  }

  /** Those who wait for them are told, and they are not kept. */
  #refuse(items: readonly Item[]) {
    for (const { key, sending, code = 'internal', refused = '' } of items) {
      if (sending.state !== 'refused') continue
      this.#sends.get(key)?.reject(new CommandError(code, refused))
      this.#sends.delete(key)
      queueMicrotask(() => this.#outbox?.discard(key))
    }
  }

  #failed(frame: Frame<'error'>) {
    const { key, room, command, code, message, retryAfterMs } = frame
    if (this.#pending.failed(frame)) return
    if (command === 'open') return this.#rooms.openFailed(frame)
    if (key === undefined || !this.#outbox?.failed(key, { code, message, retryAfterMs })) return
    if (room !== undefined && code === 'not-in-room') this.#rooms.notInRoom(room)
  }
}

/** What a storage cannot keep is sent all the same: its failures end no program. */
function harmless(storage: Storage): Storage {
  const tried = async <Result>(act: () => Promise<Result>) => {
    try {
      return await act()
    } catch (error) {
      console.error('The storage of the outbox failed.', error)
      return undefined
    }
  }
  return {
    all: async () => (await tried(() => storage.all())) ?? [],
    put: (item) => tried(() => storage.put(item)),
    remove: (key) => tried(() => storage.remove(key)),
  }
}
