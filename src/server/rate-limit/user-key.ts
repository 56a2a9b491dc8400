/** Names users whom limits count together. A user who only types the name of a guest uses up nothing of theirs. */
export function keyOf({ user, isVerified }: { user: { id: number }; isVerified: boolean }): string {
  return isVerified ? `user ${user.id}` : `user ${user.id} unverified`
}
