import type { Target } from './targets.ts'

/** What one run measured, by the name of the figure. */
export type Figures = Record<string, number>

export interface Figure {
  key: string
  /** With its unit. */
  label: string
  /** Decimals shown. */
  decimals: number
}

/** What Teahouse has to reach: a number, or a multiple of what a peer reached in the same round. */
export type Goal = { figure: string; of?: Target } & ({ atLeast: number } | { atMost: number })

export interface Benchmark {
  name: string
  /** What is measured, in a sentence or two. */
  about: string
  /** The first is Teahouse. */
  targets: Target[]
  rounds: number
  figures: Figure[]
  goals: Goal[]
  /** One run against one target, in a process of its own. @throws Error when it is not complete */
  run(target: Target): Promise<Figures>
}
