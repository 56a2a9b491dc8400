/** Whom somebody can know: whoever has been in a room that he can see. */

/** A condition on `users.id`; takes `knownValues`. */
export const knownSql = `exists (
  select 1 from memberships as theirs join rooms on rooms.id = theirs.room_id
  where theirs.user_id = users.id and (
    (rooms.kind = 'public' and ?)
    or exists (select 1 from memberships as mine
      where mine.room_id = theirs.room_id and mine.user_id = ? and mine.is_in = 1)))`

export function knownValues(viewer: number, seesPublic: boolean): [number, number] {
  return [Number(seesPublic), viewer]
}
