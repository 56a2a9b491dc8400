/** How nodes hear each other. It may lose and reorder what it carries: nothing that must last depends on it. */
export interface Backplane<Publication> {
  /** Tells every node, this one included. */
  publish(publication: Publication): void
  /** Calls `listener` with each publication, this node's own as well: there is one path for all of them. */
  subscribe(listener: (publication: Publication) => void): void
}

/** What went between nodes since the start; probes are not counted. */
export interface BackplaneTraffic {
  sent: { messages: number; bytes: number }
  /** Messages of other nodes. */
  received: { messages: number; bytes: number }
}
