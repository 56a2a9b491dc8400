/** The `.env` file. A line that is not a setting stops the start: an ignored setting may leave the server open. */
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigError, isSetting, nearestSetting } from './config.ts'

/** Takes the settings of `.env` in the working directory, where there is one, into `environment`, whose own come first. */
export function loadDotEnv(environment: NodeJS.ProcessEnv): void {
  let bytes: Buffer
  try {
    bytes = readFileSync('.env')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw new Error(`.env cannot be read: ${(error as Error).message}`)
  }
  for (const [name, value] of Object.entries(settingsIn(bytes))) environment[name] ??= value
}

/** @throws ConfigError naming every line that is not a setting */
export function settingsIn(bytes: Uint8Array): Record<string, string> {
  const text = textOf(bytes)
  const faults: string[] = []
  const names = new Set<string>()
  for (const [i, line] of text.split('\n').entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const name = /^\s*(?:export\s+)?([\w.-]+)\s*=/.exec(line)?.[1]
    if (name === undefined) faults.push(`line ${i + 1} of .env is not like NAME=value`)
    else if (!isSetting(name)) faults.push(`${name} in .env is not a setting${suggestion(name)}`)
    else if (names.has(name)) faults.push(`${name} is in .env twice`)
    if (name !== undefined) names.add(name)
  }
  if (faults.length) throw new ConfigError(faults)
  return parseEnv(text) as Record<string, string>
}

/** Editors on Windows put a mark in front, which would become a part of the first name. */
function textOf(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text.replace(/\r\n?/g, '\n')
  } catch {
    // Reported below.
  }
  throw new ConfigError(['.env is not UTF-8: save it as UTF-8'])
}

function suggestion(name: string): string {
  const nearest = nearestSetting(name)
  return nearest ? ` (did you mean ${nearest}?)` : ''
}
