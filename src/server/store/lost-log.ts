/** The database does not have what it had: a backup was restored, or a standby took over that did not have all of it yet. */
export class LostLog extends Error {
  constructor() {
    super('The database has lost what this node knows of: was a backup restored, or did a standby take over?')
  }
}
