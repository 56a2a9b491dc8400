/** What the data weigh, for admins. */
export interface StorageFigures {
  /** Size of the database, with the space that it keeps free for later. */
  databaseBytes: number
  /** Size of the log beside it, which moves into it later; undefined where there is no such file. */
  logBytes?: number
  rooms: number
  /** Messages, edits, reactions and all else that happened in those rooms, what was deleted since included. */
  entries: number
  users: number
}
