/** The query of a request for a stream: docs/protocol.md, "Event stream and long poll". */

/** The server takes 8,192. What is left is for the cursors: they grow with the ids in them. */
const maxCharacters = 7_680
/** More are refused. */
const maxRooms = 100

/**
 * @param cursors the query that goes on after the newest frame
 * @param opens the fields of `open` by room
 * @returns the query, and the rooms of which it has the `open`: as many as fit
 */
export function streamQuery(cursors: string, opens: ReadonlyMap<string, string>, isWelcomed: boolean) {
  const asked = new Set<string>()
  let query = cursors
  for (const [room, fields] of opens) {
    const rest = new URLSearchParams(withoutRoom(query, room))
    rest.append('open', fields)
    const longer = String(rest)
    if (longer.length > maxCharacters || rest.size > maxRooms) continue
    query = longer
    asked.add(room)
  }
  // The server refuses a request without a room, unless it is for `welcome`.
  if (!isWelcomed || !query) query += query ? '&welcome=' : 'welcome='
  return { query, asked }
}

export function withoutRoom(query: string, room: string): string {
  const isOther = ([name, value]: readonly [string, string]) =>
    name !== 'room' || value.slice(0, value.lastIndexOf(':')) !== room
  return String(new URLSearchParams([...new URLSearchParams(query)].filter(isOther)))
}
