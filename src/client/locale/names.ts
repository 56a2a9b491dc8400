/** Lists of users, as text. */
import type { User } from '../../shared/protocol/types.ts'
import { isolated } from '../../shared/text.ts'
import type { PageLanguage } from './language.ts'

/** The most users named for a reaction; more would not fit on a screen. */
const maxNames = 20

/** `Li, Anna and 3 others`, with at most `max` names; `unnamed` are counted among the others. */
export function namesOf({ t, list }: PageLanguage, users: readonly User[], max = 3, unnamed = 0): string {
  const names = [...new Set(users.map(({ name }) => isolated(name)))]
  const shown = names.slice(0, max)
  const others = names.length - shown.length + unnamed
  return others > 0 ? t('namesAndOthers', { names: shown.join(', '), n: others }) : list(shown)
}

/** The users of those ids, as far as one of `people` has it. */
export function namesOfIds(language: PageLanguage, ids: readonly number[], people: readonly User[]): string {
  const wanted = new Set(ids)
  const known = people.filter(({ id }) => wanted.has(id))
  const unnamed = ids.length - known.length
  return known.length ? namesOf(language, known, maxNames, unnamed) : language.t('people', { n: unnamed })
}
