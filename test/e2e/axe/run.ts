import axe, { type AxeResults, type RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

interface Part {
  /** A selector. */
  include: string
  exclude?: string
}

interface Looked {
  faults: string[]
  /** The rules that found something to look at, and nothing wrong. */
  passed: string[]
}

/** Loads axe once into each document: that takes as long as to run it. */
export async function runAxe(page: Page, options: RunOptions = {}, part: Part = { include: 'html' }): Promise<Looked> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return await page.evaluate(
    async ([part, options]) => {
      const { axe } = window as unknown as { axe: { run(part: Part, options: RunOptions): Promise<AxeResults> } }
      const { violations, passes } = await axe.run(part, { ...options, resultTypes: ['violations'] })
      const faults = violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
      )
      return { faults, passed: passes.map(({ id }) => id) }
    },
    [part, options] as const,
  )
}
