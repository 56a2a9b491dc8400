#!/usr/bin/env node
/** `npx teahouse`: the operator's commands, beside a server that runs or without one. */
import { readConfig } from '../config.ts'
import { loadDotEnv } from '../dot-env.ts'
import { openBeside } from '../store/sqlite/open-beside.ts'
import { bots } from './bots.ts'
import type { Command } from './command.ts'
import { hooks } from './hooks.ts'
import { reset } from './reset.ts'
import { rooms } from './rooms.ts'
import { users } from './users.ts'

const commands: Readonly<Record<string, Command>> = { users, rooms, reset, bots, hooks }

const help = `npx teahouse <command>, in the folder of the program and with the settings of the server

  users          every user: role, when seen last, name
  rooms          every room: kind, number of members, newest entry, name
  reset <name>   creates a link that sets a new password for that user, once, within 24 hours
  bots           every bot: whether it may write, in which rooms, name
  bots add <name> [--room <room>]… [--read]
                 creates a bot and prints its token, once; with --room it sees only these rooms, with --read it may only read
  hooks          every incoming webhook: number, room, name
  hooks add <room> <name>
                 creates a webhook that writes in that room as the bot of that name, and prints its address, once
  help           print this text
`

/** @returns what to print @throws Error in one line */
async function carryOut([name = 'help', ...words]: string[], environment: NodeJS.ProcessEnv): Promise<string> {
  if (/^(-h|--help|help)$/.test(name)) return help
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new Error(`There is no command ${JSON.stringify(name)}. "npx teahouse help" lists them.`)
  const config = readConfig(environment)
  const store = openBeside(config.dataDir)
  try {
    return await command({ store, config, words })
  } finally {
    await store.close()
  }
}

try {
  // As the server does: SQLite may make its files anew.
  process.umask(0o077)
  loadDotEnv(process.env)
  process.stdout.write(await carryOut(process.argv.slice(2), process.env))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
