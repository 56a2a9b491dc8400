import { openBytesOnce } from '../../files/bytes/open-bytes.ts'
import { type Command, type CommandContext, minuteOf, table } from '../command.ts'
import { askedFiles, type ListedFile } from './asked-files.ts'
import { faultsIn, type Holder, holdersOf } from './check.ts'
import { copyBytes, folderNamed } from './copy.ts'

/** Rows deleted in one transaction: the writes of a running server wait for it. */
const deletedAtOnce = 500

/** Lists uploaded files, checks, copies or deletes them. */
export const files: Command = async (context) => {
  const [verb, ...words] = context.words
  if (verb === undefined || verb.startsWith('--')) return await list(context)
  if (verb === 'check') return await check({ ...context, words })
  if (verb === 'export' || verb === 'import') return await copy({ ...context, words }, verb)
  if (verb === 'delete') return await remove({ ...context, words })
  throw new Error(`There is no "files ${verb}". "npx teahouse help" says what can be asked of files.`)
}

const list: Command = async ({ store, words }) => {
  const { files } = await askedFiles(store, words, [], Date.now())
  return files.length ? linesOf(files) : ''
}

const check: Command = async ({ store, config, words }) => {
  const now = Date.now()
  const { files, flags, isLimited } = await askedFiles(store, words, ['hashes'], now)
  if (isLimited) throw new Error('"files check" looks at all files.')
  const needs = { store, areRead: flags.has('hashes'), now }
  const holders = await holdersOf(files, store)
  const bytes = await openBytesOnce(config, 'read')
  const faults = await faultsIn(holders, bytes, needs).finally(() => bytes.close())
  if (faults.length) process.exitCode = 1
  const count = (kind: Holder['kind']) => holders.filter((one) => one.kind === kind).length
  return [...faults, `${count('file')} files, ${count('picture')} pictures, ${faults.length} faults.\n`].join('\n')
}

async function copy({ store, config, words }: CommandContext, verb: 'export' | 'import'): Promise<string> {
  const folder = await folderNamed(words, verb, config)
  const { files, flags, isLimited } = await askedFiles(store, words.slice(1), ['hashes'], Date.now())
  if (isLimited) throw new Error(`"files ${verb}" copies all files.`)
  const holders = await holdersOf(files, store)
  const kept = await openBytesOnce(config, verb === 'export' ? 'read' : 'write')
  const ways = verb === 'export' ? { from: kept, to: folder } : { from: folder, to: kept }
  const needs = { ...ways, areRead: flags.has('hashes'), dataDir: config.dataDir }
  const { copied, faults } = await copyBytes(holders, needs).finally(() => kept.close())
  if (faults.length) process.exitCode = 1
  return [...faults, `${copied} copied, ${faults.length} faults.\n`].join('\n')
}

const remove: Command = async ({ store, words }) => {
  const { files, flags, isLimited } = await askedFiles(store, words, ['yes'], Date.now())
  if (!isLimited) throw new Error('Say which: --room, --user, --larger or --older. "npx teahouse help" explains.')
  // What is not sent goes by itself.
  const sent = files.filter(({ messageId }) => messageId !== undefined)
  if (!sent.length) return 'There are no such files.\n'
  const bytes = sent.reduce((sum, { file }) => sum + file.bytes, 0)
  if (!flags.has('yes'))
    return `${linesOf(sent)}${sent.length} files with ${bytes} bytes. Nothing was deleted: add --yes to delete them for good.\n`
  let deleted = 0
  for (let first = 0; first < sent.length; first += deletedAtOnce)
    deleted += await store.files.delete(sent.slice(first, first + deletedAtOnce).map(({ file }) => file.id))
  return `${deleted} files were deleted. The server removes their bytes within an hour, or when it starts.\n`
}

function linesOf(files: readonly ListedFile[]): string {
  return table(
    files.map(({ file, createdAt, room, userName, ...stored }) => [
      String(file.bytes),
      minuteOf(createdAt),
      stateOf(stored),
      room,
      userName,
      file.id,
      file.name,
    ]),
  )
}

function stateOf({ hash, messageId, removedAt }: Pick<ListedFile, 'hash' | 'messageId' | 'removedAt'>): string {
  if (hash === undefined) return 'incomplete'
  if (messageId === undefined) return 'not sent'
  return removedAt === undefined ? 'sent' : 'removed'
}
