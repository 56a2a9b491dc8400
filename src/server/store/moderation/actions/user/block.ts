import { limits } from '../../../../../shared/protocol/limits.ts'
import { forbidden, refuseUnknown } from '../../../rules/access.ts'
import { declineRequests } from '../../../rules/requests.ts'
import { only, type Rule, run } from '../../../transaction.ts'
import type { ActionRule } from '../../action.ts'

/** Blocks a user, or unblocks them. Not recorded: it concerns only the user who blocks. */
export const block: ActionRule<'block'> = {
  *apply({ user, isOn }, context) {
    const { viewer, at } = context
    const by = viewer.user.id
    if (!viewer.isVerified) throw forbidden('Sign in with a password first.')
    if (!isOn) {
      yield* run('delete from blocks where user_id = ? and blocked_id = ?', by, user)
      return { action: undefined, effects: [{ type: 'blocks', user: by }] }
    }
    if (user === by) throw forbidden('You cannot block yourself.')
    yield* refuseUnknown(user, context)
    const { count } = yield* only<{ count: number }>('select count(*) as count from blocks where user_id = ?', by)
    if (count >= limits.maxBlocked) throw forbidden(`You can block at most ${limits.maxBlocked} people.`)
    yield* run('insert into blocks (user_id, blocked_id, at) values (?, ?, ?) on conflict do nothing', by, user, at)
    yield* forgetMentions(by, user)
    return { action: undefined, effects: [{ type: 'blocks', user: by }, ...(yield* declineRequests(by, user))] }
  },
}

/** Only unread ones: the others are not counted. */
function* forgetMentions(user: number, author: number): Rule<void> {
  yield* run(
    `delete from mentions where (user_id, room_id, message_id) in (
      select mentions.user_id, mentions.room_id, message_id from memberships
        {ordered join} mentions on mentions.user_id = memberships.user_id
          and mentions.room_id = memberships.room_id and message_id > read_to
        {ordered join} entries on entries.room_id = mentions.room_id and entries.id = message_id
      where memberships.user_id = ? and entries.user_id = ?)`,
    user,
    author,
  )
}
