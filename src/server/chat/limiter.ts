import type { User } from '../../shared/protocol.ts'
import { type Rate, TokenBucket, TokenBuckets } from './token-bucket.ts'

const writes: Rate = { burst: 10, perSecond: 2 }
const commands: Rate = { burst: 50, perSecond: 20 }

/** How fast anybody may go. Each method answers 0, or in how many milliseconds the next one is allowed. */
export interface Limiter {
  /** What changes a room, for each user in each room. */
  write(user: User, room: string): number
  /** The limit of everything else on one connection. */
  forConnection(): () => number
}

export function createLimiter(isOn: boolean): Limiter {
  if (!isOn) return { write: () => 0, forConnection: () => () => 0 }
  const buckets = new TokenBuckets<string>(writes)
  return {
    write: (user, room) => buckets.take(`${user.id} ${room}`),
    forConnection() {
      const bucket = new TokenBucket(commands)
      return () => bucket.take()
    },
  }
}
