/** How many bytes users may send as files, kept or not. What a user may have uploaded in a day is in the store. */
import { dayMs, secondMs } from '../../shared/durations.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { Author } from './storage-quota.ts'
import { type Rate, TokenBuckets } from './token-bucket.ts'
import { keyOf } from './user-key.ts'

/** What a guest may upload, of what an account may. */
export const guestPart = 1 / 10

/** What the guests of a network may announce together, in daily allowances of an account: a name is free. */
const announcedByGuests = allowances(1)
/** What one user may send, in their daily allowances: what is refused, deleted or cleaned away has cost as much as what is kept. */
const sentFactor = 2
const sent = {
  account: allowances(sentFactor),
  guest: allowances(sentFactor * guestPart),
  /** All guests of it. */
  network: allowances(sentFactor),
}

function allowances(burst: number): Rate {
  return { burst, perSecond: (burst * secondMs) / dayMs }
}

interface Sending {
  came(bytes: number): void
  end(): void
}

export class UploadQuota {
  readonly #announced = new TokenBuckets<string>(announcedByGuests)
  readonly #ofAccount = new TokenBuckets<string>(sent.account)
  readonly #ofGuest = new TokenBuckets<string>(sent.guest)
  readonly #ofNetwork = new TokenBuckets<string>(sent.network)

  /** @param perDay bytes that an account may upload in a day @returns gives it back @throws ChatError `quota` */
  announce({ session, network }: Author, bytes: number, perDay: number): () => void {
    if (session.role !== 'guest') return () => {}
    const part = bytes / Math.max(1, perDay)
    if (this.#announced.waitMs(network, part))
      throw new ChatError('quota', `The guests of your network can upload ${perDay} bytes together in 24 hours.`)
    this.#announced.spend(network, part)
    return () => this.#announced.spend(network, -part)
  }

  /**
   * Takes account of bytes that are announced, before they come.
   * @returns to be told of what comes, and of the end: what did not come is given back
   * @throws ChatError `quota` when the author may not send so many bytes now
   */
  send(author: Author, bytes: number, perDay: number): Sending {
    // Files cannot be uploaded then, and pictures of users may be.
    if (perDay === 0) return { came: () => {}, end: () => {} }
    this.#refuseBeyond(author, bytes, perDay)
    this.#spend(author, bytes, perDay)
    let came = 0
    return {
      came: (some) => {
        const beyond = Math.max(0, came + some - bytes) - Math.max(0, came - bytes)
        came += some
        if (beyond) this.#spend(author, beyond, perDay)
      },
      end: () => {
        if (came < bytes) this.#spend(author, came - bytes, perDay)
      },
    }
  }

  #refuseBeyond({ session, network }: Author, bytes: number, perDay: number): void {
    const isGuest = session.role === 'guest'
    const also = 'also of files that are not kept.'
    const ownMs = this.#own(isGuest).waitMs(keyOf(session), bytes / perDay)
    const ownBytes = sentFactor * Math.floor(perDay * (isGuest ? guestPart : 1))
    if (ownMs) throw new ChatError('quota', `You can send ${ownBytes} bytes in 24 hours, ${also}`, ownMs)
    const networkMs = isGuest ? this.#ofNetwork.waitMs(network, bytes / perDay) : 0
    if (!networkMs) return
    const together = `The guests of your network can send ${sentFactor * perDay} bytes together in 24 hours, ${also}`
    throw new ChatError('quota', together, networkMs)
  }

  #spend({ session, network }: Author, bytes: number, perDay: number): void {
    const isGuest = session.role === 'guest'
    this.#own(isGuest).spend(keyOf(session), bytes / perDay)
    if (isGuest) this.#ofNetwork.spend(network, bytes / perDay)
  }

  #own(isGuest: boolean): TokenBuckets<string> {
    return isGuest ? this.#ofGuest : this.#ofAccount
  }
}
