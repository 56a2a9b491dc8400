import { limits } from '../../../shared/protocol/limits.ts'

/** What is held in memory until it is whole. */
export const maxFileBytes = 256 * 1024
/** A poll has bytes as base64, beside what says what they are. */
export const maxRequestBytes = Math.ceil((maxFileBytes * 4) / 3) + limits.maxFrameBytes

export const tooLargeFile = `Over Socket.IO a file has at most ${maxFileBytes} bytes. Send larger ones to POST /api/files.`
export const tooLargeMessage = `A message has at most ${limits.maxFrameBytes} bytes, and the texts of a request as many together.`
export const tooManyFiles = 'Too many files are arriving at this moment. Try again.'
