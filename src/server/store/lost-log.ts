/** The database does not have what it had: a backup was restored, or a standby took over that did not have all of it yet. */
export class LostLog extends Error {
  constructor() {
    super('The database has lost what this node knows of: was a backup restored, or did a standby take over?')
  }
}

/** The node was away for so long that the database has forgotten what it would need to go on. Nothing was lost: a new start is enough. */
export class WasAway extends Error {
  constructor() {
    super('This node was away for too long to go on: the database keeps for some days only what it would need.')
  }
}
