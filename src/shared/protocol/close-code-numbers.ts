/** The close codes, which `close-codes.ts` gives to others as one object. A bundle takes those of them that it names. */

export const unsupportedData = 1003
export const invalidPayload = 1007
export const policyViolation = 1008
export const tooLarge = 1009
export const internal = 1011
export const restart = 1012
/** Registered with IANA as "Try Again Later": the server is full, and somebody with fewer connections needs this place. */
export const gaveWay = 1013
/** There is no such session: it has expired, was replaced, or never existed. */
export const invalidUser = 4001
/** The user signed out, has a new password or was removed. The client deletes what it keeps of them. */
export const signedOut = 4002
export const banned = 4003
/** The page is too old for this server. Not sent yet. */
export const pageOutdated = 4010
/** Answered no pings, stopped reading, or left a message unfinished. */
export const unresponsive = 4108
/** Far too many frames. */
export const flood = 4129
/** The user has as many connections as one may have. */
export const tooManyConnections = 4130
