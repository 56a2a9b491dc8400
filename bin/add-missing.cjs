'use strict'
/** Before the build and the tests: what npm left out of node_modules is put there. Says nothing when nothing is missing. */
const { join } = require('node:path')
const { addPackages, missingPackages } = require('./platform-packages.cjs')

const root = join(__dirname, '..')
try {
  addPackages(root, missingPackages(root))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
