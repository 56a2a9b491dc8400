/** How limits hold over all nodes of a server. */

/** Tells other nodes of what a key has used of a limit: fewer than 0 are given back. */
export type Tell = (key: string, tokens: number) => void

/** What is told of a limit: its name, the key and how many tokens. */
export type Spent = [limit: string, key: string, tokens: number]

export interface Share {
  /** What one costs: 1, and as many as there are nodes while this one hears nothing of the others, who may take as much. */
  readonly cost: number
  /** @param hear takes account of what other nodes tell */
  register(limit: string, hear: Tell): Tell
  /** Whether the owner, who has so many connections here, may open one more. */
  mayConnect(owner: string, here: number, max: number): boolean
  /** How many of a limit are this node's own, if each has the same part. */
  partOf(max: number): number
  /** One was opened here, or closed. */
  connected(owner: string, by: 1 | -1): void
}

/** The share of a server that is alone: all of it. */
export const unshared: Share = {
  cost: 1,
  register: () => () => {},
  mayConnect: (_owner, here, max) => here < max,
  partOf: (max) => max,
  connected: () => {},
}
