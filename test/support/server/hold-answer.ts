/** Lets something happen between two steps of the server that follow each other at once. */
import { openSqliteStore } from '../../../src/server/store/sqlite/open.ts'
import { type Cleanup, temporaryFolder } from './server.ts'

export interface Held {
  /** Resolves when the store has been asked, and has what it will answer. */
  asked: Promise<void>
  release(): void
}

const contractOf = {
  messages: 'log',
  addressed: 'log',
  list: 'rooms',
  membership: 'rooms',
  summary: 'rooms',
  view: 'files',
} as const

/**
 * Holds back the answer to the next such question to a store of this process, whose stores all have one class: by the time that
 * it is given it is out of date.
 */
export async function holdNext(t: Cleanup, question: keyof typeof contractOf): Promise<Held> {
  const other = openSqliteStore(temporaryFolder(t))
  await other.close()
  const contract = other[contractOf[question]]
  const stores = Object.getPrototypeOf(contract) as Record<typeof question, (...values: unknown[]) => Promise<unknown>>
  const answer = stores[question]
  const asked = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const restore = () => {
    stores[question] = answer
    released.resolve()
  }
  stores[question] = async function (this: typeof contract, ...values) {
    stores[question] = answer
    const held = await answer.apply(this, values)
    asked.resolve()
    await released.promise
    return held
  }
  t.onTestFinished(restore)
  return { asked: asked.promise, release: released.resolve }
}
