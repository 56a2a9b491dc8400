/** Which files a command is about. */
import { parseArgs } from 'node:util'
import { dayMs } from '../../../shared/durations.ts'
import type { Store, StoredFile } from '../../store/store.ts'
import { addressOf } from '../bots.ts'

export interface ListedFile extends StoredFile {
  userName: string
}

interface Asked {
  files: ListedFile[]
  isLimited: boolean
  flags: ReadonlySet<string>
}

const pageOf = 1_000
const options = {
  room: { type: 'string' },
  user: { type: 'string' },
  larger: { type: 'string' },
  older: { type: 'string' },
  yes: { type: 'boolean' },
  hashes: { type: 'boolean' },
} as const

/** @param flags which of the two it may have @returns those that were asked for, the largest first @throws Error in one line */
export async function askedFiles(
  store: Store,
  words: string[],
  flags: ('yes' | 'hashes')[],
  now: number,
): Promise<Asked> {
  const { room, user, larger, older, ...given } = parse(words)
  for (const flag of ['yes', 'hashes'] as const)
    if (given[flag] && !flags.includes(flag)) throw new Error(`--${flag} means nothing here.`)
  const address = room === undefined ? undefined : await addressOf(store, room)
  const minBytes = numberOf('--larger', larger)
  const days = numberOf('--older', older)
  const names = await userNames(store)
  if (user !== undefined && ![...names.values()].includes(user))
    throw new Error(`There is no user called ${JSON.stringify(user)}.`)
  const files = (await everyFile(store))
    .map((stored) => ({ ...stored, userName: names.get(stored.userId) ?? String(stored.userId) }))
    .filter((one) => address === undefined || one.room === address)
    .filter((one) => user === undefined || one.userName === user)
    .filter((one) => minBytes === undefined || one.file.bytes > minBytes)
    .filter((one) => days === undefined || one.createdAt < now - days * dayMs)
    .toSorted((a, b) => b.file.bytes - a.file.bytes)
  const isLimited = [room, user, larger, older].some((one) => one !== undefined)
  return { files, isLimited, flags: new Set(flags.filter((flag) => given[flag])) }
}

function parse(words: string[]) {
  try {
    return parseArgs({ args: words, options }).values
  } catch {
    // Its message tells of Node's rules for arguments.
    throw new Error('That is not understood. "npx teahouse help" says what can be asked of files.')
  }
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text !== undefined && !/^\d{1,15}$/.test(text)) throw new Error(`${name} is a whole number.`)
  return text === undefined ? undefined : Number(text)
}

async function everyFile(store: Store): Promise<StoredFile[]> {
  const files: StoredFile[] = []
  for (;;) {
    const page = await store.files.every(files.at(-1)?.file.id ?? '', pageOf)
    files.push(...page)
    if (page.length < pageOf) return files
  }
}

async function userNames(store: Store): Promise<Map<number, string>> {
  const users = await store.accounts.list('', Number.MAX_SAFE_INTEGER)
  return new Map(users.map(({ user }) => [user.id, user.name]))
}
