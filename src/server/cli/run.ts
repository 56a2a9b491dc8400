/** The operator's commands, beside a server that runs or without one. */
import { type Config, readConfig } from '../config.ts'
import { openBeside } from '../store/sqlite/open-beside.ts'
import type { Store } from '../store/store.ts'
import { bots } from './bots.ts'
import type { Command } from './command.ts'
import { files } from './files/files.ts'
import { hooks } from './hooks.ts'
import { reset } from './reset.ts'
import { rooms } from './rooms.ts'
import { search } from './search.ts'
import { users } from './users.ts'

const commands: Readonly<Record<string, Command>> = { users, rooms, search, reset, bots, hooks, files }

export const help = `npx teahouse <command>, in the folder of the program and with the settings of the server

  users          every user: role, when seen last, name
  rooms          every room: kind, number of members, newest entry, name
  reset <name>   creates a link that sets a new password for that user, once, within 24 hours
  bots           every bot: whether it may write, in which rooms, name
  bots add <name> [--room <room>]… [--read]
                 creates a bot and prints its token, once; with --room it sees only these rooms, with --read it may only read
  hooks          every incoming webhook: number, room, name
  hooks add <room> <name>
                 creates a webhook that writes in that room as the bot of that name, and prints its address, once
  files [--room <room>] [--user <name>] [--larger <bytes>] [--older <days>]
                 every uploaded file, the largest first: size, when, state, room, user, id, name
  files check [--hashes]
                 finds files and pictures without their bytes, and bytes without them; with --hashes it reads all bytes; exits with 1 if there are any
  files export <folder> [--hashes]
                 copies the bytes of files and pictures into a folder, those that it does not have with their length; with --hashes it
                 reads what the folder has, and copies again what differs
  files import <folder> [--hashes]
                 copies bytes that are missing from a folder to where the server keeps them, such as an S3 store; --hashes as above
  files delete [--room <room>] [--user <name>] [--larger <bytes>] [--older <days>] [--yes]
                 says which files it would delete from their messages, for good, and with --yes deletes them
  search         how many older messages and text files are indexed
  conformance <url>
                 tests the server at that address, ours or another of the same protocol, as guests; exits with 1 if a check fails
  move <from> <to>
                 copies all data from a data folder into an empty PostgreSQL database (postgres://…), or from a database into a
                 new folder, and compares them; stop the server before
  help           print this text
`

export interface RunOptions {
  /** Where a command that takes a while prints as it goes. */
  result(text: string): void
  progress(text: string): void
  /** How long `conformance` waits for an answer. */
  patienceMs?: number
}

/** @param environment the settings @returns what to print when all is done @throws Error in one line */
export async function runCommand(
  [name = 'help', ...words]: string[],
  environment: NodeJS.ProcessEnv,
  options: RunOptions,
): Promise<string> {
  if (/^(-h|--help|help)$/.test(name)) return help
  if (name === 'conformance') return await testServer(words, options)
  if (name === 'move') return await moveData(words, environment, options)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new Error(`There is no command ${JSON.stringify(name)}. "npx teahouse help" lists them.`)
  const config = readConfig(environment)
  const store = await openStore(config)
  try {
    return await command({ store, config, words })
  } finally {
    await store.close()
  }
}

/** Beside a server that runs, or without one. What is changed in PostgreSQL every node hears by the server log. */
async function openStore({ dataDir, services }: Config): Promise<Store> {
  if (!services) return openBeside(dataDir)
  const { openPostgresStore } = await import('../store/postgres/open.ts')
  return await openPostgresStore(services.databaseUrl, { isBeside: true })
}

/** The server may be anywhere, so no settings and no data are read. */
async function testServer(words: string[], { result, patienceMs }: RunOptions): Promise<string> {
  const { conformance } = await import('./conformance/conformance.ts')
  const isFine = await conformance(words, result, patienceMs)
  if (!isFine) process.exitCode = 1
  return ''
}

/** Loaded for this command alone, as what it needs is much. */
async function moveData(words: string[], environment: NodeJS.ProcessEnv, { progress }: RunOptions): Promise<string> {
  const { move } = await import('./move.ts')
  const config = readConfig(environment)
  const isShared = config.s3 !== undefined || Boolean(environment.FILES_DIR)
  return await move(words, config, isShared, progress)
}
