/**
 * Brings the texts of files into the search, and takes those out that are gone, in the background: one node for all. What a restart
 * interrupts goes on where it was.
 */
import { setTimeout } from 'node:timers/promises'
import { hourMs, minuteMs, secondMs } from '../../../shared/durations.ts'
import type { Log } from '../../log.ts'
import type { NextText, Store, TextPart } from '../../store/store.ts'
import type { FileBytes } from '../bytes/file-bytes.ts'
import { isUnavailable } from '../upload-faults.ts'
import { readText } from './read-text.ts'
import { textParts } from './text-parts.ts'

/** Between two looks when there is nothing to do. */
const idleMs = 2 * secondMs
/** After a failure of the store, or of the store of files. */
const failedMs = minuteMs
/** The rest of the time is for others: a piece waits for them, too, and then the pause is longer. */
const pauseFactor = 4
const minPauseMs = 5
/** Others' writes wait for each piece. */
const maxPieceWords = 1_000
const maxPieceParts = 16
/** What fails is tried again after it. */
const putOffMs = hourMs
/** After a failure: each writes a line into the log. */
const failurePauseMs = secondMs

type FileToAdd = Extract<NextText, { type: 'add' }>

interface Needs {
  store: Pick<Store, 'search'>
  bytes: Pick<FileBytes, 'read'>
  log: Pick<Log, 'event'>
}

export class TextIndexer {
  readonly #needs: Needs
  readonly #stopping = new AbortController()
  readonly #working: Promise<void>

  constructor(needs: Needs) {
    this.#needs = needs
    this.#working = this.#work()
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#working
  }

  async #work(): Promise<void> {
    while (!this.#stopping.signal.aborted) await this.#pause(await this.#next())
  }

  /** @returns how long to wait before what comes next */
  async #next(): Promise<number> {
    try {
      const next = await this.#needs.store.search.nextText(Date.now())
      if (!next) return idleMs
      return await this.#doOrPutOff(next)
    } catch (err) {
      if (this.#stopping.signal.aborted) return 0
      // A store of files that cannot be used is logged where it is used.
      if (!isUnavailable(err)) this.#needs.log.event('task-failed', { reason: 'index-texts', err })
      return failedMs
    }
  }

  /** Whatever fails for one text does not keep the others waiting. */
  async #doOrPutOff(next: NextText): Promise<number> {
    const { store, log } = this.#needs
    try {
      return await (next.type === 'add' ? this.#add(next) : this.#piece(() => store.search.removeText(next.place)))
    } catch (err) {
      if (isUnavailable(err) || this.#stopping.signal.aborted) throw err
      const until = Date.now() + putOffMs
      if (next.type === 'add') {
        log.event('task-failed', { reason: 'index-text', file: next.id, err })
        await store.search.putOffText(next.id, until)
      } else {
        log.event('task-failed', { reason: 'remove-text', place: next.place, err })
        await store.search.putOffRemoval(next.place, until)
      }
      return failurePauseMs
    }
  }

  async #add({ id, hash, bytes, parts: from }: FileToAdd): Promise<number> {
    const { search } = this.#needs.store
    const text = await readText(this.#needs.bytes, { hash, bytes }, this.#stopping.signal)
    const parts = text === undefined ? [] : await textParts(text, this.#stopping.signal)
    for (let at = from; at < parts.length; ) {
      const piece = pieceFrom(parts, at)
      const begin = at
      at += piece.length
      let isAdded = false
      const pauseMs = await this.#piece(async () => {
        isAdded = await search.addText(id, begin, piece, at === parts.length)
      })
      // It is gone, or another node has gone on with it.
      if (!isAdded) return pauseMs
      await this.#pause(pauseMs)
      if (this.#stopping.signal.aborted) return 0
    }
    if (from >= parts.length) await search.leaveText(id)
    return minPauseMs
  }

  /** @returns how long others have the store for themselves after it */
  async #piece(work: () => Promise<unknown>): Promise<number> {
    const began = performance.now()
    await work()
    return Math.max(minPauseMs, pauseFactor * (performance.now() - began))
  }

  async #pause(ms: number): Promise<void> {
    // Stopped.
    await setTimeout(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => {})
  }
}

/** One part at least. */
function pieceFrom(parts: readonly TextPart[], from: number): TextPart[] {
  const piece: TextPart[] = []
  let words = 0
  for (const part of parts.slice(from, from + maxPieceParts)) {
    words += part.words.length
    if (piece.length && words > maxPieceWords) break
    piece.push(part)
  }
  return piece
}
