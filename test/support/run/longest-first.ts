import { basename } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Starts the files that take longest first, so that none of them is left alone at the end. Vitest goes by their size. */
export function longestFirst(names: readonly string[]): typeof BaseSequencer {
  const rank = ({ moduleId }: TestSpecification) => {
    const index = names.indexOf(basename(moduleId, '.test.ts'))
    return index === -1 ? names.length : index
  }
  return class extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const sorted = await super.sort(files)
      const group = ({ project }: TestSpecification) => project.config.sequence.groupOrder
      return sorted.sort((a, b) => group(a) - group(b) || rank(a) - rank(b))
    }
  }
}
