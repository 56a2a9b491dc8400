/** Which message stands at a place of the index. */
import { only, type Rule, run } from '../transaction.ts'

/** Places in a row of SQLite's table `search_chunks`, and the bytes of each: as its migration has them. */
export const placesInChunk = 256
export const slotBytes = 5

export interface Located {
  place: number
  roomId: number
  id: number
}

export const placeSql = { note: '{note place}' }

/** @param at when the message was written */
export function* notePlace({ place, roomId, id }: Located, at: number): Rule<void> {
  yield* run(placeSql.note, place, roomId, id, at)
}

interface Row {
  /** JSON: places with the numbers of their rooms and their own. */
  located: string | null
  /** Of SQLite. JSON: the places of the slots. */
  places?: string
  slots?: Uint8Array | null
}

/** SQLite returns messages that are gone, too: their reader compares the place. */
export function* locate(places: readonly number[]): Rule<Map<number, Located>> {
  const row = yield* only<Row>('{locate}', JSON.stringify(places))
  const located: [place: number, roomId: number, id: number][] = JSON.parse(row.located ?? '[]')
  const found = new Map(located.map(([place, roomId, id]) => [place, { place, roomId, id }]))
  const { slots } = row
  if (!slots) return found
  for (const [i, place] of JSON.parse(row.places ?? '[]').entries()) {
    const at = i * slotBytes
    const [roomId, id] = [numberAt(slots, at, 2), numberAt(slots, at + 2, 3)]
    if (roomId) found.set(place, { place, roomId, id })
  }
  return found
}

/** The higher bytes come first. */
function numberAt(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let i = at; i < at + length; i++) value = 256 * value + (bytes[i] ?? 0)
  return value
}
