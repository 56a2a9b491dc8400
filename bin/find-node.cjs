'use strict'
/**
 * Prints the path of a Node that can run Teahouse: one of the system's if it is new enough, else the pinned package's.
 * Written in syntax that Node 18 understands, because any Node runs this file.
 */
const { execFileSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const { closeSync, existsSync, openSync, readSync, realpathSync } = require('node:fs')
const { delimiter, join } = require('node:path')
const pinned = require('./pinned-node.json')
const { addPackages, usesGlibc } = require('./platform-packages.cjs')

const root = join(__dirname, '..')
const oldestMajor = 26

/** The first Node on the PATH runs this file; another one may be newer. */
function findSystemNode() {
  if (isNewEnough(process.version)) return process.execPath
  const others = (process.env.PATH || '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, 'node'))
  const seen = new Set([realpathSync(process.execPath)])
  return others.find((path) => {
    if (!existsSync(path) || seen.has(realpathSync(path))) return false
    seen.add(realpathSync(path))
    return isNewEnough(versionOf(path))
  })
}

function versionOf(path) {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch (_) {
    return '' // not a program, or not for this machine
  }
}

function isNewEnough(version) {
  return Number.parseInt(version.replace(/^v/, ''), 10) >= oldestMajor
}

/** @throws Error that says what to install, or that the binary is not the pinned one */
function findPinnedNode() {
  const wanted = pinned.packages[`${process.platform}-${process.arch}`]
  if (!wanted || (process.platform === 'linux' && !usesGlibc())) {
    throw new Error(
      `Teahouse needs Node ${oldestMajor} or newer; this is ${process.version}. Install it: npm ci brings one only for Linux with glibc and macOS, on x64 and arm64.`,
    )
  }
  const path = join(root, 'node_modules', wanted.name, 'bin', 'node')
  if (!existsSync(path)) addPackages(root, [`node_modules/${wanted.name}`])
  if (sha256Of(path) !== wanted.sha256) {
    throw new Error(
      `${path} is not the Node ${pinned.version} whose SHA-256 is in bin/pinned-node.json; it was not started. Run npm ci.`,
    )
  }
  checkThatItStarts(path)
  return path
}

/** A small system may lack a library of C++; the loader's own words name no package. */
function checkThatItStarts(path) {
  try {
    execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    const said = String(error.stderr || error.message).trim()
    const library = /libatomic/.test(said) ? ' Install libatomic (Debian and Ubuntu: apt-get install libatomic1).' : ''
    throw new Error(`Node ${pinned.version} does not start on this system: ${said}.${library}`)
  }
}

/** In pieces: the file has 150 MB. */
function sha256Of(path) {
  const sum = createHash('sha256')
  const piece = Buffer.alloc(1024 * 1024)
  const file = openSync(path, 'r')
  for (let length = 1; length > 0; ) {
    length = readSync(file, piece, 0, piece.length, null)
    sum.update(piece.subarray(0, length))
  }
  closeSync(file)
  return sum.digest('hex')
}

try {
  process.stdout.write(findSystemNode() || findPinnedNode())
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
