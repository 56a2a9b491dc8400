/** How much text anybody may have stored. People who type never come near it; a program cannot fill the disk. */
import { dayMs, secondMs } from '../../shared/durations.ts'
import { ChatError } from '../../shared/protocol/errors.ts'
import type { ServerRole } from '../../shared/protocol/types.ts'
import type { EntryContent, Viewer } from '../store/store.ts'
import { type Rate, TokenBuckets } from './token-bucket.ts'

const mib = 2 ** 20

function perDay(burstMib: number, mibPerDay: number): Rate {
  return { burst: burstMib * mib, perSecond: (mibPerDay * mib * secondMs) / dayMs }
}

/**
 * In bytes: at once, and as many again in a day. A fast typist writes 50 KB of text an hour, which is 250 KB with what each message takes
 * besides. A network, all guests and all accounts together are bounded as well,
 * since one may have any number of names, and a name is claimed in a second.
 */
export const storageRates = {
  guest: perDay(1, 10),
  account: perDay(8, 80),
  network: perDay(64, 1_024),
  guests: perDay(256, 2_048),
  accounts: perDay(1_024, 8_192),
}

/**
 * A user who has written less than that lately is not refused because of others at their network, nor an account because of all others: one
 * person with many names must not silence a school. It takes a name for each such part, and new names have limits.
 */
const quietBytes = 64 * 1024

/** What an entry takes besides its text: the row, its place in indexes, and as much again in the write-ahead log. */
export const rowBytes = 200

/** The author of what is stored, and the network that they write from. */
export interface Author {
  readonly session: Viewer & { role: ServerRole }
  readonly network: string
}

/** All guests, or all accounts. */
const all = 'all'

export class StorageQuota {
  readonly #guest = new TokenBuckets<string>(storageRates.guest)
  readonly #account = new TokenBuckets<string>(storageRates.account)
  readonly #network = new TokenBuckets<string>(storageRates.network)
  readonly #guests = new TokenBuckets<string>(storageRates.guests)
  readonly #accounts = new TokenBuckets<string>(storageRates.accounts)

  /**
   * Takes so many bytes of everybody who is charged for them, or of nobody.
   * @param key whose allowance it is @returns gives them back, for what was not stored
   * @throws ChatError `too-fast`, which says which limit it is
   */
  take(key: string, { session, network }: Author, bytes: number): () => void {
    const isGuest = session.role === 'guest'
    const own = isGuest ? this.#guest : this.#account
    const isQuiet = own.waitMs(key, own.rate.burst - quietBytes + bytes) === 0
    const charged: [TokenBuckets<string>, string, string][] = [
      isGuest
        ? [own, key, 'A guest may write 1 MiB at once, and 10 MiB a day.']
        : [own, key, 'One may write 8 MiB at once, and 80 MiB a day.'],
      [this.#network, network, 'Much has been written from your network. Try again later.'],
      isGuest
        ? [this.#guests, all, 'Guests have written much today. Try again later.']
        : [this.#accounts, all, 'Much has been written here today. Try again later.'],
    ]
    for (const [buckets, whose, message] of charged) {
      const retryAfterMs = isQuiet && buckets !== own && buckets !== this.#guests ? 0 : buckets.waitMs(whose, bytes)
      if (retryAfterMs) throw new ChatError('too-fast', message, retryAfterMs)
    }
    for (const [buckets, whose] of charged) buckets.spend(whose, bytes)
    return () => {
      for (const [buckets, whose] of charged) buckets.spend(whose, -bytes)
    }
  }

  /** Takes what is stored already, be it more than there is left, of the author's own. */
  charge(key: string, { session }: Author, bytes: number): void {
    const own = session.role === 'guest' ? this.#guest : this.#account
    own.spend(key, bytes)
  }
}

/** What of an entry is stored as text. */
export function textOf(content: Exclude<EntryContent, { type: 'delete' }>): string {
  if (content.type === 'room') return JSON.stringify(content.data)
  const alts = 'alts' in content ? Object.values(content.alts ?? {}) : []
  return content.data + alts.join('')
}
