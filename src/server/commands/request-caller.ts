/** A command that comes in a request, without a connection. It is carried out by the same handlers. */
import { randomUUID } from 'node:crypto'
import type { Commands, RequestCommand } from '../../shared/protocol/commands.ts'
import type { ServerFrame } from '../../shared/protocol/frames.ts'
import type { User } from '../../shared/protocol/types.ts'
import type { Session } from '../auth/sessions.ts'
import type { Caller } from '../chat/contract.ts'
import { refuseUnlessCurrent } from '../cluster/node.ts'
import { ReaderGone } from '../rate-limit/read-queue.ts'
import { joinRoom, refuseUnlessSeen } from './access.ts'
import type { Services } from './contract.ts'
import { handlers } from './handlers.ts'
import { refuseReadOnly } from './read-only.ts'

export interface Asker {
  session: Session
  network: string
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal
}

/**
 * Carries out one command.
 * @returns the frame that answers it; undefined for commands that nothing answers, and when nobody waits for the answer
 * @throws ChatError when it is refused
 */
export async function runRequest(
  services: Services,
  asker: Asker,
  command: Commands[RequestCommand],
): Promise<ServerFrame | undefined> {
  const caller = new RequestCaller(services, asker)
  const leave = () => services.reads.leave(caller)
  asker.signal.addEventListener('abort', leave)
  try {
    refuseReadOnly(asker.session, command)
    refuseUnlessCurrent(services.node)
    await (handlers[command.type] as Handler)(services, caller, command)
    await caller.refuseUnlessStillSeen()
    return caller.answer
  } catch (error) {
    if (error instanceof ReaderGone) return undefined
    throw error
  } finally {
    asker.signal.removeEventListener('abort', leave)
  }
}

class RequestCaller implements Caller {
  readonly id = randomUUID()
  readonly session: Session
  readonly network: string
  readonly departures = 0
  answer: ServerFrame | undefined
  readonly #services: Services
  readonly #signal: AbortSignal
  #room: string | undefined

  constructor(services: Services, { session, network, signal }: Asker) {
    this.session = session
    this.network = network
    this.#services = services
    this.#signal = signal
  }

  get user(): User {
    return this.session.user
  }

  get isGone(): boolean {
    return this.#signal.aborted
  }

  reply(frame: ServerFrame): void {
    this.answer = frame
  }

  /** The user joins the room, as by opening it on a connection. */
  async inRoom(room: string): Promise<() => boolean> {
    const { store, hub } = this.#services
    const membership = await store.rooms.membership(this.user.id, room)
    refuseUnlessSeen(membership, this)
    await joinRoom({ store, hub }, this.session, membership)
    this.#room = room
    // A request is told nothing of lost access: it is checked once more before the answer.
    return () => true
  }

  leave(): void {}

  /** The user may have lost access while the answer was being read. What was stored was checked in its transaction. */
  async refuseUnlessStillSeen(): Promise<void> {
    if (this.#room === undefined || this.answer === undefined || this.answer.type === 'sent') return
    refuseUnlessSeen(await this.#services.store.rooms.membership(this.user.id, this.#room), this)
  }
}

type Handler = (services: Services, from: Caller, command: Commands[RequestCommand]) => Promise<void> | void
