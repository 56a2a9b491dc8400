/** A fault of ours while something of a client's is handled costs that client its connection, and nobody else anything. */
import type { EventEmitter } from 'node:events'
import { closeCodes } from '../../../shared/protocol/close-codes.ts'
import type { Log } from '../../log.ts'
import type { EngineClient } from './engine-client.ts'

export type Fail = (error: unknown) => void

/** @returns closes the client, and writes why into the log */
export function failureOf(client: EngineClient, log: Pick<Log, 'event'>): Fail {
  return (error) => {
    log.event('connection-failed', { user: client.connection?.user.id, err: error })
    try {
      client.close(closeCodes.internal, 'Internal error')
    } catch {
      // To tell the client fails for the same reason.
      client.terminate()
    }
  }
}

/** Guards all who listen to the client: the package listens too, and would throw on what nobody has thought of. */
export function guardEvents(emitter: Pick<EventEmitter, 'emit'>, fail: Fail): void {
  const emit = emitter.emit.bind(emitter)
  emitter.emit = (event: string | symbol, ...args: unknown[]) => {
    try {
      return emit(event, ...args)
    } catch (error) {
      fail(error)
      return true
    }
  }
}

/** A listener, which may be one that takes time. */
export function guarded<Args extends unknown[]>(
  fail: Fail,
  listener: (...args: Args) => unknown,
): (...args: Args) => void {
  return (...args) => {
    try {
      const work = listener(...args)
      if (work instanceof Promise) work.catch(fail)
    } catch (error) {
      fail(error)
    }
  }
}
