import { lowerUser } from '../../../rules/access.ts'
import { createLink } from '../../../rules/links.ts'
import type { ActionRule } from '../../action.ts'
import { record } from '../../record.ts'

/** Creates a link with which a user sets a new password. */
export const passwordLink: ActionRule<'link'> = {
  *apply({ user, tokenHash, expiresAt }, context) {
    yield* lowerUser(user, context)
    const by = context.viewer.user.id
    yield* createLink({ tokenHash, type: 'password', userId: user, uses: 1, expiresAt, by, at: context.at })
    return { action: yield* record(context, { user, data: { expiresAt } }), effects: [] }
  },
}
