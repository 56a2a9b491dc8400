/**
 * Attacks on the server. A battery is one kind of attack, tried many times; adding one is adding a file to
 * `batteries/` with a `Battery` as its default export. The file's name is its name; what several share lies beside `batteries/`.
 */
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Cleanup } from '../support/server/server.ts'
import { errorsOf } from './server/attacked-server.ts'

/** `smallest` takes seconds, `short` a minute; `npm run test:slow` has each battery in one of them. `long` may take its time. */
export type Size = 'smallest' | 'short' | 'long'

export interface Battery {
  /** A sentence: what is tried, and the required result. */
  what: string
  /** Fewer attempts than these are a failure, since a battery without attempts proves nothing. */
  atLeast: Readonly<Record<Size, number>>
  run(size: Size, t: Cleanup): Promise<Outcome>
}

export interface Outcome {
  tried: number
  /** A sentence for each successful attack, from which it can be repeated. */
  failed: readonly string[]
  /** Measurements. */
  notes?: readonly string[]
}

export interface Result extends Outcome {
  name: string
}

/** Counts attempts. */
export class Tally implements Outcome {
  tried = 0
  readonly failed: string[] = []
  readonly notes: string[] = []

  /** Counts an attempt. @param sentence what was tried and what happened, for when it succeeded */
  count(isWithstood: boolean, sentence: string): void {
    this.tried++
    if (!isWithstood) this.failed.push(sentence)
  }
}

/** A condition without which the attempts prove nothing, such as: the right password is accepted. */
export function premise(isSo: boolean, sentence: string): void {
  if (!isSo) throw new Error(`The attack proves nothing: ${sentence}`)
}

/**
 * In the smallest size one of `oneIn` items, in the short one eight times as many, in the long one all of them.
 * @param offset which ones, different for each caller
 */
export function share<Item>(size: Size, oneIn: number, items: readonly Item[], offset = 0): readonly Item[] {
  const step = { smallest: oneIn, short: Math.ceil(oneIn / 8), long: 1 }[size]
  return items.filter((_, i) => (i + offset) % step === 0)
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

/** Runs a battery, and cleans up afterwards. */
export async function attack(name: string, battery: Battery, size: Size): Promise<Result> {
  await using cleanups = new AsyncDisposableStack()
  const t: Cleanup = { onTestFinished: (cleanup) => cleanups.defer(cleanup) }
  try {
    return { name, ...judged(await battery.run(size, t), battery.atLeast[size]) }
  } catch (error) {
    const why = `It broke off: ${error instanceof Error ? error.stack : error}`
    return { name, tried: 0, failed: [why, ...errorsOf(t).map((line) => `The server said: ${line}`)] }
  }
}

function judged({ tried, failed, notes = [] }: Outcome, atLeast: number): Outcome {
  if (tried >= atLeast) return { tried, failed, notes }
  return { tried, failed: [...failed, `Only ${tried} were tried, of at least ${atLeast}.`], notes }
}
