/** The people who can be chosen. */

import type { User } from '../../shared/protocol/types.ts'
import { foldName } from '../../shared/text.ts'

const maxShown = 30

/** Each once, those that were known first. */
export function mergeFound(known: readonly User[], found: readonly User[]): User[] {
  const ids = new Set(known.map(({ id }) => id))
  return [...known, ...found.filter(({ id }) => !ids.has(id))]
}

/** People whose names begin with what was typed, then people whose names contain it. */
export function matchingPeople(people: readonly User[], typed: string, without: readonly number[]): User[] {
  const name = foldName(typed.trim())
  const placeIn = (user: User) => foldName(user.name).indexOf(name)
  const fitting = people.filter((user) => !without.includes(user.id) && placeIn(user) >= 0)
  return [...fitting.filter((user) => placeIn(user) === 0), ...fitting.filter((user) => placeIn(user) > 0)].slice(
    0,
    maxShown,
  )
}
