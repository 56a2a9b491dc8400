/** How long a connection waits for what; all in milliseconds. */
import { minuteMs } from '../../../src/shared/durations.ts'

export const firstRetryMs = 500
export const maxRetryMs = 30_000
/** A connection that lasts this long shows that the server is well. Retrying sooner after a shorter one would be an attack. */
export const stableMs = 10_000
export const connectMs = 5_000
/** Silence after which the page asks, and for how long it waits for the answer: a dead connection is given up after 10 s. */
export const silenceMs = 5_000
export const answerMs = 5_000
/** The same for a page that nobody sees: spares batteries, and is still shorter than any proxy's patience. */
export const hiddenSilenceMs = 20_000
export const hiddenAnswerMs = 10_000
/** After waking up, a connection is more likely dead than alive. */
export const wakeAnswerMs = 5_000
/** The browser says that the network is gone. It may be wrong: a server on the same machine still answers. */
export const offlineAnswerMs = 1_000
/** A tick that comes this much too late: the machine slept. */
export const jumpMs = 20_000
export const floodMs = minuteMs
