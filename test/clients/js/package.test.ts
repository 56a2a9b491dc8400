/** `teahouse-client` as others install it: small, without dependencies, with types that need nothing else. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../../clients/js/build.ts'
import { filesIn, root, sourceOf } from '../../support/run/sources.ts'
import { installClient } from './package.ts'

const folder = mkdtempSync(join(tmpdir(), 'teahouse-client-'))
let installed = ''

beforeAll(async () => {
  installed = await installClient(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What TypeScript says about a program that uses the package. */
function faultsOf(program: string): string[] {
  const file = join(folder, 'program.mts')
  writeFileSync(file, program)
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
  }
  const compiled = ts.createProgram([file], options)
  return ts.getPreEmitDiagnostics(compiled).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
}

describe('package teahouse-client', () => {
  it('has at most 8 KB when it is bundled, by gzip', async () => {
    const file = join(folder, 'bundled.js')
    await bundle(file, true)
    const bytes = gzipSync(readFileSync(file), { level: 9 }).length
    expect(bytes).toBeGreaterThan(1_000)
    expect(bytes).toBeLessThanOrEqual(8 * 1024)
  })

  it('depends on nothing, and is one module that imports nothing', () => {
    const { dependencies, peerDependencies, exports } = JSON.parse(
      readFileSync(join(installed, 'package.json'), 'utf8'),
    )
    expect([dependencies, peerDependencies]).toEqual([undefined, undefined])
    for (const path of Object.values<string>(exports['.'])) expect(existsSync(join(installed, path)), path).toBe(true)
    const code = readFileSync(join(installed, exports['.'].default), 'utf8')
    expect(code).toContain('export {')
    expect(code).not.toMatch(/^import |\bimport\(|\brequire\(/m)
  })

  it('has types for a program that has no other package', () => {
    const program = `
      import { CommandError, ConnectionEnded, connect, type Entry, type Message, type OutboxStorage, type User } from 'teahouse-client'
      const chat = connect({ url: 'http://127.0.0.1:3000', token: 'x' })
      const me: User = await chat.ready
      chat.on('chat', ({ user, data }) => void (user.id === me.id && data.toUpperCase()))
      chat.on('entry', (entry: Entry) => entry.id)
      chat.on('state', (state) => void (state.state === 'ended' && state.code))
      const { id, key }: { id: number; key: string } = await chat.send('lobby', 'hello', { reply: 3 })
      const { messages } = await chat.history('lobby', { before: id })
      const first: Message | undefined = messages[0]
      const { data } = await chat.ask({ type: 'members', room: 'lobby' })
      const names: string[] = data.map(({ user }) => user.name)
      chat.emit({ type: 'typing', room: 'lobby' })
      export { CommandError, ConnectionEnded, first, key, names, type OutboxStorage }
    `
    expect(faultsOf(program)).toEqual([])
    expect(faultsOf(`${program}\nchat.emit({ type: 'no-such-command' })`)).toHaveLength(1)
    expect(faultsOf(`${program}\nawait chat.ask({ type: 'members' })`)).toHaveLength(1)
    expect(faultsOf(`${program}\nchat.on('no-such-event', () => {})`)).toHaveLength(1)
  })

  it('has no types but those that it needs', () => {
    const types = filesIn('src').filter((file) =>
      existsSync(join(installed, 'dist/types', file.replace(/\.ts$/, '.d.ts'))),
    )
    expect(types).toContain('src/shared/protocol/frames.ts')
    expect(types.filter((file) => file.includes('locales'))).toEqual([])
  })

  it('has the version of the server, and its README names everything that it exports', () => {
    const version = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')).version
    expect(version('clients/js/package.json')).toBe(version('package.json'))
    const readme = sourceOf('clients/js/README.md')
    const members = [
      ...sourceOf('clients/js/src/client.ts').matchAll(/^ {2}(?:async |get |readonly )?([a-z]\w+)[(<:]/gm),
    ]
    const names = members.map(([, name = '']) => name).filter((name) => name !== 'constructor')
    expect(names).toEqual(expect.arrayContaining(['ready', 'state', 'on', 'open', 'send', 'disconnect']))
    expect(names.filter((name) => !readme.includes(`\`${name}`))).toEqual([])
  })
})
