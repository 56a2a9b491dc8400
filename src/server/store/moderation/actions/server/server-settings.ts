import type { StoredSettings } from '../../../../../shared/server-settings.ts'
import type { Effect } from '../../../contracts/effects.ts'
import { serverSettings } from '../../../queries/server-state.ts'
import { requireOwner } from '../../../rules/access.ts'
import { setServerSettings } from '../../../rules/server-state.ts'
import { type ActionRule, hasChanged } from '../../action.ts'
import { record } from '../../record.ts'

type Fields = (keyof StoredSettings)[]

const effects: Effect[] = [{ type: 'settings' }]

/** Changes the settings of the server. A setting that `before` lacks had its default. */
export const changeServerSettings: ActionRule<'settings', { before: StoredSettings; after: StoredSettings }> = {
  *apply({ data }, context) {
    yield* requireOwner(context)
    const now = yield* serverSettings()
    const fields = (Object.keys(data) as Fields).filter((field) => data[field] !== now[field])
    if (!fields.length) return { action: undefined, effects: [] }
    const after: StoredSettings = Object.fromEntries(fields.map((field) => [field, data[field]]))
    const before: StoredSettings = Object.fromEntries(fields.map((field) => [field, now[field]]))
    yield* setServerSettings({ ...now, ...after })
    const action = yield* record(context, { data: { after, before } })
    return { action, effects }
  },

  /** Restores the settings that nobody has changed since. */
  *undo(_record, { before, after }, context) {
    yield* requireOwner(context)
    const now = yield* serverSettings()
    const unchanged = (Object.keys(after) as Fields).filter((field) => now[field] === after[field])
    if (!unchanged.length) throw hasChanged()
    yield* setServerSettings({ ...now, ...Object.fromEntries(unchanged.map((field) => [field, before[field]])) })
    return effects
  },
}
