import { ChatError } from '../../shared/protocol/errors.ts'

const usualRetryMs = 5_000

/** What a client is told, who may try again: the reason is for the operator, and is in the log. */
export function unavailable(retryMs = usualRetryMs): ChatError {
  return new ChatError('unavailable', 'The server cannot store anything right now. Try again later.', retryMs)
}
