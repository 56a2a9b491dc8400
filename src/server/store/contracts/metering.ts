/** What a read has cost. */
export interface Cost {
  /** Taken from the database. */
  rows: number
  /** Size of their text. */
  bytes: number
  /** Processor time, for what neither shows. */
  ms: number
}

/** Is told what a read has cost, once it is done. */
export type Meter = (cost: Cost) => void
