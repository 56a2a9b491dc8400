/** `docs/protocol.md` names everything that the protocol has, and its examples are valid. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { closeCodes, reconnectAfter } from '../../src/shared/protocol/close-codes.ts'
import { commands, parseCommand, parseFrame } from '../../src/shared/protocol/commands.ts'

import type { ServerFrame } from '../../src/shared/protocol/frames.ts'
import { limits } from '../../src/shared/protocol/limits.ts'
import { moderationActionTypes } from '../../src/shared/protocol/types.ts'
import { errorCodes } from '../support/error-codes.ts'
import { root } from '../support/run/sources.ts'

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
  pin: true,
  room: true,
  history: true,
  pins: true,
  files: true,
  commands: true,
  mentions: true,
  save: true,
  saved: true,
  found: true,
  'next-mention': true,
  notifications: true,
  list: true,
  join: true,
  left: true,
  online: true,
  typing: true,
  status: true,
  read: true,
  role: true,
  members: true,
  users: true,
  invite: true,
  invites: true,
  blocks: true,
  banned: true,
  audit: true,
  done: true,
  error: true,
  bye: true,
  pong: true,
} satisfies Record<ServerFrame['type'], true>)

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

interface Field {
  name: string
  isOptional: boolean
  /** The objects of "Objects" that it holds, by their anchor. */
  holds: string | undefined
}

/** The rows of the first table. A row may describe several fields. */
function fieldsIn(text: string): Field[] {
  const table = /^\| field .*\n((?:\|.*\n)+)/m.exec(text)?.[1] ?? ''
  return table.split('\n').flatMap((row) => {
    const [, names = '', type = ''] = row.split('|')
    const holds = /\(#([\w-]+)\)/.exec(type)?.[1]
    return [...names.matchAll(/`(\w+)(\?)?`/g)].map(([, name = '', mark]) => ({ name, isOptional: !!mark, holds }))
  })
}

const objectSection = section(document, '###', 'Objects')
const objectTitles = ['User', 'Message', 'Room summary', 'Member', 'Status', 'Invitation', 'Audit record']
const objects = new Map(
  objectTitles.map((title) => [
    title.toLowerCase().replaceAll(' ', '-'),
    fieldsIn(section(objectSection, '####', title)),
  ]),
)

/** What is wrong with the objects in it. */
function faultsIn(value: unknown, fields: Field[]): string[] {
  return fields.flatMap(({ name, holds }) => {
    const object = holds === undefined ? undefined : objects.get(holds)
    const held = Object(value)[name]
    if (!object || held === undefined) return []
    return [held].flat().flatMap((one) => [...faultsOf(one, object, name), ...faultsIn(one, object)])
  })
}

function faultsOf(value: object, fields: Field[], name: string): string[] {
  const keys = Object.keys(value)
  const unknown = keys.filter((key) => !fields.some((field) => field.name === key))
  const missing = fields.filter((field) => !field.isOptional && !keys.includes(field.name))
  return [...unknown.map((key) => `${name} has ${key}`), ...missing.map((field) => `${name} lacks ${field.name}`)]
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

  it('says of each command and frame what its fields are, or that it has none', () => {
    for (const [all, types] of [
      [commandSection, Object.keys(commands)],
      [frameSection, frameTypes],
    ] as const) {
      for (const type of types) {
        const text = section(all, '####', `\`${type}\``)
        expect(/^\| field \|/m.test(text) !== text.includes('It has no fields.'), type).toBe(true)
      }
    }
  })

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
    for (const type of frameTypes) {
      const text = section(frameSection, '####', `\`${type}\``)
      const known = [...namesIn(text), ...(type === 'room' ? shared : ['type'])]
      for (const example of examplesIn(text))
        expect(known, `${type}: ${example}`).toEqual(expect.arrayContaining(Object.keys(JSON.parse(example))))
    }
  })

  it('has objects in its examples with all fields of their tables and no others', () => {
    for (const [anchor, fields] of objects) expect(fields.length, anchor).toBeGreaterThan(2)
    for (const type of frameTypes) {
      const text = section(frameSection, '####', `\`${type}\``)
      for (const example of examplesIn(text))
        expect(faultsIn(JSON.parse(example), fieldsIn(text)), `${type}: ${example}`).toEqual([])
    }
    for (const title of objectTitles) {
      const text = section(objectSection, '####', title)
      expect(examplesIn(text), title).toHaveLength(1)
      for (const example of examplesIn(text)) {
        expect(faultsOf(JSON.parse(example), fieldsIn(text), title)).toEqual([])
        expect(faultsIn(JSON.parse(example), fieldsIn(text))).toEqual([])
      }
    }
  })

  it('finds a wrong field of an object in an example', () => {
    const fields = fieldsIn(section(frameSection, '####', '`members`'))
    const member = { user: { id: 3, name: 'Li', image: 4 }, role: 'member' }
    expect(faultsIn({ data: [{ ...member, serverRole: 'guest' }] }, fields)).toEqual([])
    expect(faultsIn({ data: [{ ...member, house: 'guest' }] }, fields)).toEqual([
      'data has house',
      'data lacks serverRole',
    ])
    expect(faultsIn({ data: [{ ...member, serverRole: 'guest', user: { id: 3 } }] }, fields)).toHaveLength(2)
  })

  it('describes the data of each action in the audit log', () => {
    const listed = section(objectSection, '####', 'Audit record')
      .split('\n')
      .flatMap((row) => /^\| `([\w-]+)`(?: with a `room`)? \| /.exec(row)?.[1] ?? [])
    for (const type of moderationActionTypes) expect(listed).toContain(type)
  })

  it('lists all error codes', () => {
    expect(namesIn(section(document, '##', 'Error codes')).toSorted()).toEqual(errorCodes.toSorted())
  })

  it('lists all close codes, their names, and whether a client reconnects', () => {
    const rows = section(document, '##', 'Close codes').matchAll(
      /^\| `(\d+)` \| `(\w+)` \|.*\| (no|yes(?:, after a minute)?)[^|]*\|$/gm,
    )
    const listed = [...rows].map(([, code, name, reconnect]) => [name, Number(code), reconnect])
    const words = { yes: 'yes', 'after a minute': 'yes, after a minute', no: 'no' }
    expect(listed.toSorted()).toEqual(
      Object.entries(closeCodes)
        .map(([name, code]) => [name, code, words[reconnectAfter(code)]])
        .toSorted(),
    )
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
