#!/usr/bin/env node
/** `npx teahouse`: what the operator does where the data is, whether the server runs or not. */
import { normalizeName } from '../shared/text.ts'
import { confusableSkeleton } from './auth/confusables.ts'
import { hashOf, newToken } from './auth/tokens.ts'
import { type Config, originFor, readConfig } from './config.ts'
import { loadDotEnv } from './dot-env.ts'
import { type ListedUser, type OperatorStore, openBeside } from './store/sqlite-operator.ts'

type Command = (store: OperatorStore, config: Config, words: string[]) => string

const linkMs = 24 * 60 * 60 * 1000

const help = `npx teahouse <command>, in the folder of the program and with the settings of the server

  users          everybody: role, when seen last, name
  rooms          every room: kind, how many belong to it, newest entry, name
  reset <name>   makes a link with which that person sets a new password, once, within 24 hours
  help           this
`

const commands: Readonly<Record<string, Command>> = {
  users: (store) => table(store.users().map(({ role, seenAt, name }) => [role, momentOf(seenAt), name])),

  rooms: (store) =>
    table(
      store.rooms().map(({ kind, archived, people, last, name }) => {
        return [archived ? `${kind}, archived` : kind, String(people), String(last), name || '(a conversation)']
      }),
    ),

  reset(store, config, words) {
    const user = userCalled(store, normalizeName(words.join(' ')))
    const origin = originFor(config, config.port)
    if (!origin) throw new Error('Set PUBLIC_ORIGIN, or PORT to where the server listens: the link has to lead there.')
    const token = newToken(32)
    const at = Date.now()
    const expiresAt = at + linkMs
    store.makePasswordLink({ userId: user.id, tokenHash: hashOf(token), at, expiresAt })
    return `${origin}/link/${token}\n${user.name} sets a new password with it, once, until ${momentOf(expiresAt)}.\n`
  },
}

/** @returns what to print @throws Error in one line */
export function carryOut([command = 'help', ...words]: string[], environment: NodeJS.ProcessEnv): string {
  if (/^(-h|--help|help)$/.test(command)) return help
  const act = Object.hasOwn(commands, command) ? commands[command] : undefined
  if (!act) throw new Error(`There is no command ${JSON.stringify(command)}. "npx teahouse help" names them all.`)
  const config = readConfig(environment)
  const store = openBeside(config.dataDir)
  try {
    return act(store, config, words)
  } finally {
    store.close()
  }
}

/** Whoever has claimed the name, or one that looks like it; else the guest of that very name, or the only one like it. */
function userCalled(store: OperatorStore, name: string): ListedUser {
  if (!name) throw new Error('Whose password? "npx teahouse reset <name>".')
  const users = store.usersLike(name, confusableSkeleton(name))
  const [first, ...others] = users
  const found = users.find(({ role }) => role !== 'guest') ?? users.find((user) => user.name === name)
  if (found) return found
  if (!first) throw new Error(`There is nobody called ${JSON.stringify(name)}.`)
  if (others.length) throw new Error(`Who is meant? ${users.map((user) => JSON.stringify(user.name)).join(', ')}`)
  return first
}

/** The last column is as wide as it is: it has the names, whose letters differ in width. */
function table(lines: string[][]): string {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  const padded = lines.map((line) =>
    line.map((word, column) => (column < line.length - 1 ? word.padEnd(widths[column] ?? 0) : word)),
  )
  return padded.map((line) => `${line.join('  ')}\n`).join('')
}

function momentOf(at: number | null): string {
  return at === null ? 'nowhere' : `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

if (import.meta.main) {
  try {
    // As the server does: SQLite may make its files anew.
    process.umask(0o077)
    loadDotEnv(process.env)
    process.stdout.write(carryOut(process.argv.slice(2), process.env))
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
