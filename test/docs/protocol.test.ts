/** `docs/protocol.md` names everything that the protocol has, and its examples are valid. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  closeCodes,
  commands,
  type ErrorCode,
  limits,
  parseCommand,
  parseFrame,
  type ServerFrame,
} from '../../src/shared/protocol.ts'
import { root } from '../support/sources.ts'

const document = readFileSync(join(root, 'docs/protocol.md'), 'utf8')

/** A type that is missing here is a type error. */
const frameTypes = Object.keys({
  welcome: true,
  opened: true,
  closed: true,
  sent: true,
  chat: true,
  edit: true,
  delete: true,
  react: true,
  room: true,
  history: true,
  list: true,
  join: true,
  left: true,
  online: true,
  typing: true,
  read: true,
  role: true,
  members: true,
  users: true,
  invite: true,
  invites: true,
  blocks: true,
  audit: true,
  done: true,
  error: true,
  bye: true,
  pong: true,
} satisfies Record<ServerFrame['type'], true>)

const errorCodes = Object.keys({
  'bad-frame': true,
  'unknown-type': true,
  'bad-field': true,
  'too-long': true,
  'too-fast': true,
  'no-such-room': true,
  'not-in-room': true,
  'no-such-message': true,
  'no-such-user': true,
  'name-taken': true,
  forbidden: true,
  'not-accepted': true,
  muted: true,
  'read-only': true,
  unavailable: true,
  internal: true,
} satisfies Record<ErrorCode, true>)

/** The text between a heading and the next one of its level or above. */
function section(text: string, level: string, title: string): string {
  const start = text.indexOf(`\n${level} ${title}\n`)
  expect(start, `${level} ${title}`).toBeGreaterThan(-1)
  const rest = text.slice(start + level.length + 1)
  const end = rest.search(new RegExp(`^#{2,${level.length}} `, 'm'))
  return end < 0 ? rest : rest.slice(0, end)
}

function examplesIn(text: string): string[] {
  return [...text.matchAll(/```json\n([\s\S]*?)```/g)].flatMap(([, lines = '']) => lines.trim().split('\n'))
}

/** The names in the first column of its table. */
function namesIn(text: string): string[] {
  const cells = text.split('\n').filter((line) => line.startsWith('| `'))
  return cells.flatMap((line) =>
    [...(line.split('|')[1] ?? '').matchAll(/`([\w-]+)\??`/g)].map((match) => match[1] ?? ''),
  )
}

const commandSection = section(document, '###', 'Commands')
const frameSection = section(document, '###', 'Server frames')

describe('docs/protocol.md', () => {
  it.for(Object.entries(commands))(
    'describes the command %s with a valid example and all of its fields',
    ([type, schema]) => {
      const text = section(commandSection, '####', `\`${type}\``)
      const [example = '', ...others] = examplesIn(text)
      expect(others).toEqual([])
      expect(parseCommand(parseFrame(example)).type).toBe(type)
      const fields = Object.keys(schema.entries).filter((field) => field !== 'type')
      expect(namesIn(text).toSorted()).toEqual(fields.toSorted())
    },
  )

  it('describes no command that does not exist', () => {
    const titles = [...commandSection.matchAll(/^#### `(.+)`$/gm)].map((match) => match[1])
    expect(titles.toSorted()).toEqual(Object.keys(commands).toSorted())
  })

  it.for(frameTypes)('describes the server frame %s with examples', (type) => {
    const examples = examplesIn(section(frameSection, '####', `\`${type}\``))
    expect(examples).not.toEqual([])
    for (const example of examples) expect(JSON.parse(example)).toMatchObject({ type })
  })

  it('describes no server frame that does not exist', () => {
    const titles = [...frameSection.matchAll(/^#### `(.+)`$/gm)].map((match) => match[1])
    expect(titles.toSorted()).toEqual(frameTypes.toSorted())
  })

  it('names each field of its examples in the table', () => {
    const shared = ['type', 'room', 'name', 'topic', 'kind', 'last', 'read', 'unread', 'mentions']
    for (const type of frameTypes.filter((type) => type !== 'left')) {
      const text = section(frameSection, '####', `\`${type}\``)
      const known = [...namesIn(text), ...(type === 'room' ? shared : ['type'])]
      for (const example of examplesIn(text))
        expect(known, `${type}: ${example}`).toEqual(expect.arrayContaining(Object.keys(JSON.parse(example))))
    }
  })

  it('lists all error codes', () => {
    expect(namesIn(section(document, '##', 'Error codes')).toSorted()).toEqual(errorCodes.toSorted())
  })

  it('lists all close codes', () => {
    const listed = namesIn(section(document, '##', 'Close codes')).map(Number)
    for (const code of Object.values(closeCodes)) expect(listed).toContain(code)
  })

  it('lists all limits of `welcome` with their values', () => {
    const rows = section(document, '##', 'Limits')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
    const listed = rows.map((row) => {
      const [, name = '', value = ''] = row.split('|')
      return [name.trim().slice(1, -1), Number.parseInt(value.replaceAll(',', ''), 10)]
    })
    expect(Object.fromEntries(listed)).toEqual(limits)
  })
})
