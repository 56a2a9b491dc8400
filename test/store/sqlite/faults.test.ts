import { expect, it } from 'vitest'
import { isFinal, isOfMachine } from '../../../src/server/store/sqlite/faults.ts'

it('an index of words that does not fit is the fault of the write, and a damaged database is final', () => {
  const [index, damaged, failedSync, full] = [267, 11, 1034, 13].map((errcode) => ({ errcode }))
  expect([isFinal(index), isFinal(damaged), isFinal(failedSync), isFinal(full)]).toEqual([false, true, true, false])
  expect([isOfMachine(index), isOfMachine(damaged), isOfMachine(full)]).toEqual([false, true, true])
})
