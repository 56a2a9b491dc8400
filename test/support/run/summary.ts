import { appendFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

/**
 * Prints as its last line how many tests passed and failed. A file that could not be loaded counts as a failure. With
 * TEST_COUNTS it appends a line of JSON to that file instead, and .ci/run sums several runs.
 */
export class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]) {
    let passed = 0
    const failures = errors.map((error) => `outside of a test: ${messageOf(error)}`)
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      passed += tests.filter((test) => test.result().state === 'passed').length
      const failed = tests.filter((test) => test.result().state === 'failed')
      for (const test of failed) {
        failures.push(`${module.relativeModuleId} > ${test.fullName}: ${messageOf(test.result().errors?.[0])}`)
      }
      if (failed.length === 0 && module.state() === 'failed') {
        failures.push(`${module.relativeModuleId}: ${messageOf(module.errors()[0])}`)
      }
    }
    const file = process.env.TEST_COUNTS
    if (file) return appendFileSync(file, `${JSON.stringify({ passed, failures })}\n`)
    // After the default reporter's own summary, which is written in the same turn.
    process.once('exit', () => process.stdout.write(`${passed} passed, ${failures.length} failed\n`))
  }
}

function messageOf(error: unknown): string {
  const message = isWithMessage(error) ? error.message : String(error)
  return message.split('\n', 3).join(' ').slice(0, 300)
}

function isWithMessage(error: unknown): error is { message: string } {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
}
