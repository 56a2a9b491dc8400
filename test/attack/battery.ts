/**
 * Attacks on the server. A battery is one kind of attack, tried many times; adding one is adding a file to
 * `batteries/` with a `Battery` as its default export. The file's name is its name; what several share lies beside `batteries/`.
 */
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Cleanup } from '../support/server.ts'

/** `smallest` is a part of `npm test`: seconds. `short` is a part of `npm run test:slow`: a minute. `long` may take its time. */
export type Size = 'smallest' | 'short' | 'long'

export interface Battery {
  /** What is tried, and what must come of it: a sentence. */
  what: string
  /** Fewer tries than these are a failure: nothing that failed out of nothing that was tried says nothing. */
  atLeast: Readonly<Record<Size, number>>
  run(size: Size, t: Cleanup): Promise<Outcome>
}

export interface Outcome {
  tried: number
  /** Each try that was not withstood, in a sentence by which it can be tried again. */
  failed: readonly string[]
  /** What was measured on the way. */
  notes?: readonly string[]
}

export interface Result extends Outcome {
  name: string
}

/** Counts what is tried. */
export class Tally implements Outcome {
  tried = 0
  readonly failed: string[] = []
  readonly notes: string[] = []

  /** Counts a try. @param sentence what was tried and what came instead, for when it was not withstood */
  count(isWithstood: boolean, sentence: string): void {
    this.tried++
    if (!isWithstood) this.failed.push(sentence)
  }
}

/** What must be so for the tries to mean anything: that the right password is accepted, say. */
export function premise(isSo: boolean, sentence: string): void {
  if (!isSo) throw new Error(`The attack means nothing: ${sentence}`)
}

/** In the smallest size one in so many. @param offset which of them: each place that shares differs by it */
export function share<Item>(size: Size, oneIn: number, items: readonly Item[], offset = 0): readonly Item[] {
  return size === 'smallest' ? items.filter((_, i) => (i + offset) % oneIn === 0) : items
}

const folder = join(import.meta.dirname, 'batteries')

export async function allBatteries(): Promise<Map<string, Battery>> {
  const batteries = new Map<string, Battery>()
  for (const file of globSync('**/*.ts', { cwd: folder }).sort()) {
    const module = await import(pathToFileURL(join(folder, file)).href)
    if (typeof module.default?.run !== 'function')
      throw new Error(`batteries/${file} exports no battery as its default.`)
    batteries.set(basename(file, '.ts'), module.default)
  }
  return batteries
}

/** Runs one, and takes down afterwards what it has put up. */
export async function attack(name: string, battery: Battery, size: Size): Promise<Result> {
  await using cleanups = new AsyncDisposableStack()
  const t: Cleanup = { onTestFinished: (cleanup) => cleanups.defer(cleanup) }
  try {
    return { name, ...judged(await battery.run(size, t), battery.atLeast[size]) }
  } catch (error) {
    return { name, tried: 0, failed: [`It broke off: ${error instanceof Error ? error.stack : error}`] }
  }
}

function judged({ tried, failed, notes = [] }: Outcome, atLeast: number): Outcome {
  if (tried >= atLeast) return { tried, failed, notes }
  return { tried, failed: [...failed, `Only ${tried} were tried, of at least ${atLeast}.`], notes }
}
