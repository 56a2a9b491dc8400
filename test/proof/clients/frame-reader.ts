/** Parses what the server says. A broadcast is the same for everyone, so the clients of one process share its object. */
import type { ServerFrame } from '../../../src/shared/protocol/frames.ts'

const maxKept = 4_096
const entryStart = Buffer.from('{"id":')
const zero = 48

export class FrameReader {
  readonly #entries = new Map<number, { data: Buffer; frame: ServerFrame }>()

  read(data: Buffer): ServerFrame {
    const id = idOf(data)
    const known = id === undefined ? undefined : this.#entries.get(id)
    if (known?.data.equals(data)) return known.frame
    const frame = JSON.parse(data.toString('utf8')) as ServerFrame
    if (id === undefined) return frame
    if (this.#entries.size >= maxKept) this.#entries.clear()
    // A copy: the original is a part of all that came with it.
    this.#entries.set(id, { data: Buffer.from(data), frame })
    return frame
  }
}

/** The number after `{"id":`, with which entries begin. */
function idOf(data: Buffer): number | undefined {
  for (let i = 0; i < entryStart.length; i++) if (data[i] !== entryStart[i]) return undefined
  let id = 0
  for (let i = entryStart.length; i < data.length; i++) {
    const digit = (data[i] ?? 0) - zero
    if (digit < 0 || digit > 9) return id
    id = 10 * id + digit
  }
  return undefined
}
