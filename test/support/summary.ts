import { appendFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/**
 * Says as its last line how many tests passed and failed; a file that could not be loaded is a failure too. With TEST_COUNTS
 * it adds them to that file instead: .ci/run sums several runs.
 */
export class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]) {
    let passed = 0
    let failed = errors.length
    for (const module of modules) {
      const states = [...module.children.allTests()].map((test) => test.result().state)
      passed += states.filter((state) => state === 'passed').length
      const failures = states.filter((state) => state === 'failed').length
      failed += failures || Number(module.state() === 'failed')
    }
    const file = process.env.TEST_COUNTS
    if (file) return appendFileSync(file, `${passed} ${failed}\n`)
    // After the default reporter's own summary, which is written in the same turn.
    process.once('exit', () => process.stdout.write(`${passed} passed, ${failed} failed\n`))
  }
}
