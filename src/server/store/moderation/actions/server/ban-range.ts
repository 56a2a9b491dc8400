import { requireAdmin } from '../../../rules/access.ts'
import { run } from '../../../transaction.ts'
import { type ActionRule, hasChanged } from '../../action.ts'
import { banAddresses, bansOf, type LiftedRange } from '../../banned-ranges.ts'
import { record } from '../../record.ts'

export const banRange: ActionRule<'ban-range', { before?: LiftedRange[] }> = {
  *apply({ range, until }, context) {
    yield* requireAdmin(context)
    const isLifted = until <= context.at
    const before = isLifted ? yield* bansOf(range) : undefined
    const action = yield* record(context, { data: { range, until, ...(before && { before }) } })
    if (isLifted) yield* run('delete from banned_ranges where range = ?', range)
    else yield* banAddresses({ range, until, action })
    return { action, effects: [{ type: 'ranges' }] }
  },

  *undo({ id }, { before }) {
    const isLifted = (yield* run('delete from banned_ranges where action_id = ?', id)) > 0
    if (!before && !isLifted) throw hasChanged()
    for (const range of before ?? []) yield* banAddresses(range)
    return [{ type: 'ranges' }]
  },
}
