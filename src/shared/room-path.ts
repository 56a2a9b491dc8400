/** The address of a room's page, or of one of its messages. */
export function roomPath(room: string, message?: number): string {
  const path = `/rooms/${encodeURIComponent(room)}`
  return message === undefined ? path : `${path}/${message}`
}
