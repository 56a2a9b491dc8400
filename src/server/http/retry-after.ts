import { waitSeconds } from '../../shared/durations.ts'

/** The value of `Retry-After` (RFC 9110, 10.2.3): whole seconds, rounded up. @param ms how long to wait, in milliseconds */
export function retryAfter(ms: number): string {
  return String(waitSeconds(ms))
}
