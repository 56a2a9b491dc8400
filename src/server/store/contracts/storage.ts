/** What the data weigh, for admins. */
export interface StorageFigures {
  /** Of the database, with what it keeps free for later. */
  databaseBytes: number
  /** Of what is written beside it and moves into it later; undefined where there is no such file. */
  logBytes?: number
  rooms: number
  /** Messages, edits, reactions and all else that happened in those rooms, what was deleted since included. */
  entries: number
  users: number
}
