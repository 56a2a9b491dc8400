'use strict'
/**
 * Packages of native code for this machine which npm left out. An optional package whose `engines` exclude the system's Node
 * is skipped in silence, although Teahouse runs on its own Node; some npm also fail to see one for other reasons. They are fetched with the operator's own npm and unpacked only if their content is what package-lock.json names.
 */
const { execFileSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } = require('node:fs')
const { dirname, join } = require('node:path')

/** What is missing in this folder, as paths of package-lock.json. A package that is not installed needs no native part. */
function missingPackages(root, platform = platformOfThisMachine()) {
  const { packages } = readLock(root)
  const isThere = (path) => existsSync(join(root, path, 'package.json'))
  const missing = []
  for (const path of Object.keys(packages)) {
    // The Node of the root package has its own rule: it is needed only where the system's is too old.
    if (path === '' || !isThere(path)) continue
    for (const name of Object.keys(packages[path].optionalDependencies || {})) {
      const place = placeOf(packages, path, name)
      if (place && fits(packages[place], platform) && !isThere(place) && !missing.includes(place)) missing.push(place)
    }
  }
  return missing
}

/** Where npm puts the package that `path` asks for: beside it or in a folder above. */
function placeOf(packages, path, name) {
  for (let folder = path; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    if (packages[`${folder}/node_modules/${name}`]) return `${folder}/node_modules/${name}`
    if (!folder.includes('/node_modules/')) break
  }
  return packages[`node_modules/${name}`] ? `node_modules/${name}` : undefined
}

function fits({ os, cpu, libc }, platform) {
  // Without a condition it is not native code, and npm installs it everywhere.
  if (!os && !cpu) return false
  return allows(os, platform.os) && allows(cpu, platform.cpu) && (!platform.libc || allows(libc, platform.libc))
}

/** By npm's rule: a list of what is allowed, or, after a `!`, of what is not. */
function allows(condition, value) {
  const list = [].concat(condition || [])
  if (list.includes(`!${value}`)) return false
  const allowed = list.filter((one) => !one.startsWith('!'))
  return allowed.length === 0 || allowed.includes(value)
}

function platformOfThisMachine() {
  const libc = process.platform === 'linux' ? (usesGlibc() ? 'glibc' : 'musl') : undefined
  return { os: process.platform, cpu: process.arch, libc }
}

/** By the loader that glibc's programs name. process.report knows too, but asks the network for names first. */
function usesGlibc() {
  return ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1'].some(existsSync)
}

/** @throws Error that says which package could not be fetched, and why */
function addPackages(root, paths) {
  if (paths.length === 0) return
  const { packages } = readLock(root)
  const specs = paths.map((path) => `${nameOf(packages, path)}@${packages[path].version}`)
  console.error(`npm left out ${specs.join(', ')}: fetching ${paths.length === 1 ? 'it' : 'them'}.`)
  paths.forEach((path, i) => {
    try {
      addPackage(root, path, specs[i], packages[path].integrity)
    } catch (error) {
      throw new Error(`${specs[i]} is missing and cannot be fetched: ${lastLine(error)}`)
    }
  })
}

function nameOf(packages, path) {
  return packages[path].name || path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

function addPackage(root, path, spec, integrity) {
  const folder = mkdtempSync(join(root, 'node_modules', '.adding-'))
  try {
    const file = join(folder, npmPack(folder, spec))
    const sum = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
    if (sum !== integrity) throw new Error('its content is not what package-lock.json names')
    const content = join(folder, 'content')
    mkdirSync(content)
    execFileSync('tar', ['-xzf', file, '-C', content, '--strip-components=1', '--no-same-owner'])
    mkdirSync(dirname(join(root, path)), { recursive: true })
    rmSync(join(root, path), { recursive: true, force: true })
    // Last and at once, so that one that was interrupted is not taken for a good one.
    renameSync(content, join(root, path))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The npm that started this, with the Node that started it; `npm install` would change other packages too. */
function npmPack(folder, spec) {
  const words = ['pack', '--silent', '--ignore-scripts', spec]
  const own = process.env.npm_execpath
  const options = { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }
  const isNpm = own && /npm-cli\.js$/.test(own)
  const said = isNpm
    ? execFileSync(process.env.npm_node_execpath || process.execPath, [own].concat(words), options)
    : execFileSync('npm', words, options)
  return said.trim().split('\n').pop()
}

function lastLine(error) {
  const lines = String(error.stderr || error.message).trim()
  return lines.split('\n').find((line) => /\S/.test(line)) || 'npm did not say why'
}

function readLock(root) {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
}

module.exports = { addPackages, missingPackages, usesGlibc }
