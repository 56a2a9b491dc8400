/** What one request of polls may bring: as many texts as a WebSocket message, and bytes as base64 (engine.io-protocol 4, "HTTP long-polling"). */
import type { Transport } from 'engine.io'
import { limits } from '../../../shared/protocol/limits.ts'
import { maxRequestBytes } from './file-limits.ts'

const separator = '\x1e'
/** What a packet of bytes costs, however small it is. */
const attachmentCharacters = 64

interface Polling {
  maxHttpBufferSize: number
  onData(payload: string): void
}

/** @param refuse is called instead of reading a payload with too many texts */
export function limitPayloads(transport: Transport, refuse: () => void): void {
  const polling = transport as unknown as Polling
  const read = polling.onData
  polling.maxHttpBufferSize = maxRequestBytes
  polling.onData = (payload) => (hasTooMuchText(payload) ? refuse() : read.call(polling, payload))
}

export function hasTooMuchText(payload: string): boolean {
  if (payload.length <= limits.maxFrameBytes) return false
  let characters = 0
  for (let at = 0; at <= payload.length; ) {
    const next = payload.indexOf(separator, at)
    const end = next < 0 ? payload.length : next
    characters += payload[at] === 'b' ? attachmentCharacters : Math.max(1, end - at)
    if (characters > limits.maxFrameBytes) return true
    at = end + 1
  }
  return false
}
