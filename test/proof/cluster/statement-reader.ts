/** What a client says to PostgreSQL, message by message, and which of its commits are of messages in rooms. */

export interface ClientMessage {
  bytes: Buffer
  /** Whether it commits a transaction that has inserted entries. */
  isCommitOfEntries: boolean
}

const typeBytes = 1
const insertsEntries = /\binsert into entries\b/

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
export class StatementReader {
  #rest: Buffer = Buffer.alloc(0)
  #isStarted = false
  /** Prepared statements of the connection that insert entries: once they are parsed, only their names come. */
  readonly #inserting = new Set<string>()
  #hasInserted = false

  /** @returns the messages that are whole now */
  read(data: Buffer): ClientMessage[] {
    this.#rest = this.#rest.length ? Buffer.concat([this.#rest, data]) : data
    const messages: ClientMessage[] = []
    for (let bytes = this.#next(); bytes; bytes = this.#next())
      messages.push({ bytes, isCommitOfEntries: this.#look(bytes) })
    return messages
  }

  #next(): Buffer | undefined {
    // The first message has no type.
    const lengthAt = this.#isStarted ? typeBytes : 0
    if (this.#rest.length < lengthAt + 4) return undefined
    const end = lengthAt + this.#rest.readUInt32BE(lengthAt)
    if (this.#rest.length < end) return undefined
    const bytes = this.#rest.subarray(0, end)
    this.#rest = this.#rest.subarray(end)
    return bytes
  }

  #look(bytes: Buffer): boolean {
    if (!this.#isStarted) {
      this.#isStarted = true
      return false
    }
    const strings = () => bytes.toString('utf8', typeBytes + 4).split('\0', 2) as [string, string]
    switch (bytes.toString('latin1', 0, typeBytes)) {
      case 'Q':
        return this.#query(strings()[0])
      // Parse: a name and a text.
      case 'P': {
        const [name, text] = strings()
        if (insertsEntries.test(text)) this.#inserting.add(name)
        else this.#inserting.delete(name)
        return false
      }
      // Bind: a portal and the name of a statement.
      case 'B':
        this.#hasInserted ||= this.#inserting.has(strings()[1])
        return false
      default:
        return false
    }
  }

  #query(text: string): boolean {
    const isCommit = text === 'commit' && this.#hasInserted
    if (text === 'commit' || text === 'rollback') this.#hasInserted = false
    return isCommit
  }
}
