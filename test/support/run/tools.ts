/**
 * The programs that the tests drive and npm cannot install: a browser, Nginx and others. `node test/support/run/tools.ts` installs
 * what is missing where it may, and otherwise says what to install.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, globSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

interface Tool {
  title: string
  /** What it may be called. */
  commands: string[]
  /** What does as well, if none of those can be installed. */
  substitutes?: string[]
  /** The environment variable that says where it is. */
  variable: string
  /** What to install from Debian or Ubuntu. The fonts are for what the tests look at: Chinese and emoji. */
  packages: string[]
}

const tools = {
  chromium: {
    title: 'Chromium',
    // Without the windows of a browser the tests take half the time.
    commands: ['chromium-headless-shell'],
    substitutes: ['chromium', 'chromium-browser', 'google-chrome'],
    variable: 'CHROMIUM',
    packages: ['chromium-headless-shell', 'fonts-wqy-zenhei', 'fonts-noto-color-emoji'],
  },
  desktopChromium: {
    title: 'Chromium with windows, which shows notifications',
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    variable: 'DESKTOP_CHROMIUM',
    packages: ['chromium'],
  },
  dbusDaemon: { title: 'D-Bus', commands: ['dbus-daemon'], variable: 'DBUS_DAEMON', packages: ['dbus-daemon'] },
  openssl: { title: 'OpenSSL', commands: ['openssl'], variable: 'OPENSSL_BIN', packages: ['openssl'] },
  nginx: { title: 'Nginx', commands: ['nginx'], variable: 'NGINX_BIN', packages: ['nginx-light'] },
  postgres: { title: 'PostgreSQL', commands: ['postgres'], variable: 'POSTGRES_BIN', packages: ['postgresql'] },
  redis: {
    title: 'Redis',
    commands: ['redis-server', 'valkey-server'],
    variable: 'REDIS_BIN',
    packages: ['redis-server'],
  },
  sqlite3: { title: "SQLite's shell", commands: ['sqlite3'], variable: 'SQLITE3', packages: ['sqlite3'] },
  strace: { title: 'strace', commands: ['strace'], variable: 'STRACE', packages: ['strace'] },
  swift: {
    title: 'OpenStack Swift, which speaks S3',
    commands: ['swift-proxy-server'],
    variable: 'SWIFT_PROXY',
    packages: ['swift-proxy', 'swift-account', 'swift-container', 'swift-object'],
  },
  systemdAnalyze: {
    title: 'systemd-analyze',
    commands: ['systemd-analyze'],
    variable: 'SYSTEMD_ANALYZE',
    packages: ['systemd'],
  },
} satisfies Record<string, Tool>

/** The path of a Chromium or Chrome. */
export function chromium(): string {
  return pathOf(tools.chromium)
}

/** The path of a Chromium or Chrome that has notifications. */
export function desktopChromium(): string {
  return pathOf(tools.desktopChromium)
}

/** The path of the message bus of a desktop. */
export function dbusDaemon(): string {
  return pathOf(tools.dbusDaemon)
}

/** The path of an Nginx. */
export function nginx(): string {
  return pathOf(tools.nginx)
}

/** The path of OpenSSL's command. */
export function openssl(): string {
  return pathOf(tools.openssl)
}

/** The path of PostgreSQL's server; `initdb` is beside it. */
export function postgres(): string {
  return pathOf(tools.postgres)
}

/** The path of the server of Redis or Valkey. */
export function redis(): string {
  return pathOf(tools.redis)
}

/** The path of SQLite's shell. */
export function sqlite3(): string {
  return pathOf(tools.sqlite3)
}

/** The path of strace. */
export function strace(): string {
  return pathOf(tools.strace)
}

/** The path of the server of OpenStack Swift that speaks S3; the others are beside it. */
export function swift(): string {
  return pathOf(tools.swift)
}

/** The path of the command that checks units of systemd. */
export function systemdAnalyze(): string {
  return pathOf(tools.systemdAnalyze)
}

function pathOf(tool: Tool): string {
  const path = find(tool) ?? findSubstitute(tool)
  if (!path) throw new Error(whatToInstall(tool))
  return path
}

/** A path that was named by a variable is the only one that counts: another program than that would be a surprise. */
function find({ commands, variable }: Tool): string | undefined {
  const named = process.env[variable]
  return named ? [named].find(isProgram) : commands.flatMap(placesOf).find(isProgram)
}

function findSubstitute({ substitutes = [], variable }: Tool): string | undefined {
  return process.env[variable] ? undefined : substitutes.flatMap(placesOf).find(isProgram)
}

/** Debian keeps Nginx in /usr/sbin and PostgreSQL in a folder for each version, which are not on everybody's PATH. */
function placesOf(command: string): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const versions = globSync('/usr/lib/postgresql/*/bin').sort().reverse()
  return [...folders, '/usr/sbin', '/usr/local/sbin', ...versions].map((folder) => join(folder, command))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false // not there, or not for us
  }
}

function whatToInstall({ title, commands, substitutes = [], variable, packages }: Tool): string {
  const named = process.env[variable]
  if (named) return `${title}: ${variable}=${named} is not a program; correct or unset that variable.`
  return `${title} is missing: install ${[...commands, ...substitutes].join(' or ')} (Debian: apt-get install ${packages.join(' ')}), or set ${variable} to its path.`
}

function missing(): Tool[] {
  return Object.values<Tool>(tools).filter((tool) => !find(tool))
}

function provide(): void {
  const installable = missing().filter(({ variable }) => !process.env[variable])
  if (installable.length > 0 && mayInstall()) withoutServices(() => install(installable))
  const stillMissing = missing().filter((tool) => !findSubstitute(tool))
  for (const tool of stillMissing) console.error(whatToInstall(tool))
  if (stillMissing.length > 0) process.exitCode = 1
}

function mayInstall(): boolean {
  return process.getuid?.() === 0 && placesOf('apt-get').some(isProgram)
}

function install(wanted: Tool[]): void {
  aptGet('update')
  // One after the other: apt installs none of those that it is given when it does not know one of them.
  for (const { packages } of wanted) {
    console.log(`Installing ${packages.join(' ')} for the tests.`)
    aptGet('install', '-y', '--no-install-recommends', ...packages)
  }
}

/** Whether it worked is seen by what is there afterwards; why it did not, in its own words. */
function aptGet(...options: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env,
  })
}

/**
 * Debian starts a service as it installs it, and nobody asked for a web server on port 80. Its packages ask this script
 * first, whose 101 means "not allowed"; an administrator's own script stays as it is.
 */
function withoutServices(work: () => void): void {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return work()
  writeFileSync(
    policy,
    '#!/bin/sh\n# Written by the tests of Teahouse for the time of one apt-get. May be deleted.\nexit 101\n',
    {
      mode: 0o755,
    },
  )
  try {
    work()
  } finally {
    rmSync(policy)
  }
}

if (import.meta.main) provide()
