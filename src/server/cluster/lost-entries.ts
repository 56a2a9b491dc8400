import type { Head } from '../store/store.ts'
import type { OpenHead } from './node.ts'

/** Rooms whose log does not have what this node has given to its clients. @param heads of the store, read after `known` was */
export function findLoss(known: readonly OpenHead[], heads: ReadonlyMap<string, Head>): OpenHead[] {
  return known.filter(({ room, last, at }) => {
    if (last === 0) return false
    const head = heads.get(room)
    return !head || head.last < last || head.at !== at
  })
}
