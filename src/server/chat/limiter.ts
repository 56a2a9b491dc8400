import type { User } from '../../shared/protocol.ts'
import { type Rate, TokenBucket, TokenBuckets } from './token-bucket.ts'

const writes: Rate = { burst: 10, perSecond: 2 }
const commands: Rate = { burst: 50, perSecond: 20 }
/** Asking costs little, and a large answer much: beyond the first bytes it counts like further commands. */
const cheapBytes = 16 * 1024
const commandBytes = 32 * 1024
/** What is refused is answered, and costs us as much as what is not: past this the connection is closed. */
const refusals: Rate = { burst: 200, perSecond: 2 }
/** What keeps order: a moderator who clears up is fast. */
const acts: Rate = { burst: 40, perSecond: 4 }
const newRooms: Rate = { burst: 20, perSecond: 1 / 60 }
/** A school is one address. */
const signIns: Rate = { burst: 200, perSecond: 10 }

/** How fast anybody may go. Each method answers 0, or in how many milliseconds the next one is allowed. */
export interface Limiter {
  /** What changes a room, for each user in each room. */
  write(user: User, room: string): number
  /** Rooms made, for each user. */
  newRoom(user: User): number
  /** What keeps order, for each user. */
  act(user: User): number
  /** Sign-ins, for each address. */
  signIn(address: string): number
  forConnection(): ConnectionLimits
}

export interface ConnectionLimits {
  /** Everything that is not a write. */
  command(): number
  /** Takes account of what a command was answered with. */
  answered(bytes: number): void
  refusal(): number
}

export function createLimiter(isOn: boolean): Limiter {
  if (!isOn) return unlimited
  const writing = new TokenBuckets<string>(writes)
  const making = new TokenBuckets<number>(newRooms)
  const acting = new TokenBuckets<number>(acts)
  const arriving = new TokenBuckets<string>(signIns)
  return {
    write: (user, room) => writing.take(`${user.id} ${room}`),
    newRoom: (user) => making.take(user.id),
    act: (user) => acting.take(user.id),
    signIn: (address) => arriving.take(address),
    forConnection: () => new ConnectionBuckets(),
  }
}

class ConnectionBuckets implements ConnectionLimits {
  readonly #asking = new TokenBucket(commands)
  /** Of the few who need it. */
  #refusing: TokenBucket | undefined

  command(): number {
    return this.#asking.take()
  }

  answered(bytes: number): void {
    if (bytes > cheapBytes) this.#asking.spend((bytes - cheapBytes) / commandBytes)
  }

  refusal(): number {
    this.#refusing ??= new TokenBucket(refusals)
    return this.#refusing.take()
  }
}

const unlimitedConnection: ConnectionLimits = { command: () => 0, answered: () => {}, refusal: () => 0 }

const unlimited: Limiter = {
  write: () => 0,
  newRoom: () => 0,
  act: () => 0,
  signIn: () => 0,
  forConnection: () => unlimitedConnection,
}
