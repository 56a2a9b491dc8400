/** What happened on this node since its start: numbers that are read when somebody asks for metrics. */
export class ChatCounts {
  /** Entries that users of this node have written. */
  stored = 0
  /** Entries that were handed to connections: one that ten people read counts ten times. */
  delivered = 0
  /** Reads of the log because a publication had not come. */
  gapsFilled = 0
  /** Entries that were found in the log before their publication came. */
  missed = 0
  /** Publications of them that came after that; the others were lost. */
  late = 0
}
