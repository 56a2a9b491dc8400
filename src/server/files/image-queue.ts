/** Queue of the process for images: users take turns, so a user who sends many images waits for their own images only. */
import { createTurns, type InTurn, TooBusy } from '../rate-limit/fair-queue.ts'
import { ImageFault } from './images/image-fault.ts'

export const imageTurns = {
  maxAtOnce: 1,
  /** Maximum over all users. */
  maxWaiting: 200,
  /** A photo of a phone takes less. */
  workMs: 500,
  /** A connection would be closed after 30 s without an answer. An upload is complete with its last byte: its client asks again. */
  maxWaitMs: 20_000,
}

/** @returns turns that throw ImageFault `busy` for who waits for too long */
export function createImageTurns(limits = imageTurns): InTurn {
  const inTurn = createTurns(limits)
  return (by, work) =>
    inTurn(by, work).catch((error) => {
      throw error instanceof TooBusy ? new ImageFault('busy', error) : error
    })
}
