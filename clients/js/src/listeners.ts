import type { ServerFrame } from '../../../src/shared/protocol/frames.ts'
import type { Entry } from '../../../src/shared/protocol/types.ts'
import type { ConnectionState } from './connection.ts'

/** What can be listened to: the frames of the server by their type, and two more. */
export type ClientEvents = { [Type in ServerFrame['type']]: Extract<ServerFrame, { type: Type }> } & {
  /** Every entry of the open rooms, in order: `chat`, `edit`, `delete`, `react`, `pin` and changes of the room. */
  entry: Entry
  /** The connection opens, waits, or has ended for good. */
  state: ConnectionState
}

type Listener<Type extends keyof ClientEvents> = (event: ClientEvents[Type]) => void

export class Listeners {
  readonly #listeners = new Map<keyof ClientEvents, Set<Listener<never>>>()

  /** @returns takes the listener away */
  add<Type extends keyof ClientEvents>(type: Type, listener: Listener<Type>): () => void {
    const set = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, set.add(listener))
    return () => void set.delete(listener)
  }

  call<Type extends keyof ClientEvents>(type: Type, event: ClientEvents[Type]) {
    for (const listener of [...(this.#listeners.get(type) ?? [])] as Listener<Type>[]) {
      try {
        listener(event)
      } catch (error) {
        // Thrown where it is reported, but not in the middle of what the client does.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
