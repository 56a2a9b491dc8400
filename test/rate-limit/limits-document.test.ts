/** `docs/limits.md` says what the code does: each value is looked up where the table says it is. */
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import * as durations from '../../src/shared/durations.ts'
import { limits } from '../../src/shared/protocol/limits.ts'

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

interface Row {
  limit: string
  value: string
  file: string
  name: string
}

const rows: Row[] = read('docs/limits.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (limit|---) /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, limit = '', value = '', , , code = '']) => {
    const [, file = '', name = ''] = /^`([^`]+)` `([^`]+)`$/.exec(code) ?? []
    return { limit, value, file, name }
  })

const units: Record<string, number> = {
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  s: 1_000,
  h: 3_600_000,
  days: 86_400_000,
  '/s': 1,
  '/min': 1 / 60,
  '/h': 1 / 3_600,
  '/day': 1 / 86_400,
}

/** The numbers of a cell, in bytes, milliseconds and times a second. */
function numbersIn(value: string): number[] {
  const found = value.matchAll(/([\d,]*\.?\d+)(?: (KiB|MiB|GiB|s|h|days)\b)?(\/(?:s|min|h|day)\b)?/g)
  return [...found].map(
    ([, digits = '', unit, per]) =>
      Number(digits.replaceAll(',', '')) * (unit ? (units[unit] ?? 1) : 1) * (per ? (units[per] ?? 1) : 1),
  )
}

/** The constants at the top of a file, as far as they need nothing else than the lengths of time. */
function constantsIn(source: string): Record<string, unknown> {
  const known: Record<string, unknown> = { ...durations }
  const tree = ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true)
  // Twice, since a function may stand behind what uses it and use what stands behind itself.
  for (const node of [...tree.statements, ...tree.statements]) {
    if (ts.isFunctionDeclaration(node)) define(node.name?.text, node.getText())
    if (!ts.isVariableStatement(node)) continue
    for (const { name, initializer } of node.declarationList.declarations) {
      if (initializer) define(name.getText(), initializer.getText())
    }
  }
  return known

  function define(name: string | undefined, expression: string): void {
    if (!name || !/^[\w$]+$/.test(name)) return
    try {
      const script = stripTypeScriptTypes(`void (${expression.replace(/^export /, '')})`).slice('void '.length)
      known[name] = new Function(...Object.keys(known), `return ${script}`)(...Object.values(known))
    } catch {
      // Made of something that is not here: no row names it, or its test says so.
    }
  }
}

function leavesOf(value: unknown): number[] {
  return typeof value === 'object' && value ? Object.values(value).flatMap(leavesOf) : [value as number]
}

describe('limits document', () => {
  it.for(rows)('has the value of the code: $limit, $name', ({ value, file, name }) => {
    const source = read(file)
    if (!/^[\w.]+$/.test(name) || /^\d/.test(name)) return expect(source, 'the words must stand there').toContain(name)
    const [first = '', ...path] = name.split('.')
    const constant = path.reduce((part, key) => (part as Record<string, unknown>)?.[key], constantsIn(source)[first])
    const leaves = leavesOf(constant)
    const numbers = numbersIn(value)
    expect(numbers).toHaveLength(leaves.length)
    for (const [i, leaf] of leaves.entries()) expect(numbers[i], value).toBeCloseTo(leaf, 6)
  })
  it('lists every limit of the protocol, and every rate', () => {
    const named = new Set(rows.map(({ name }) => name))
    expect(rows.length, 'rows must be found for this test to mean anything').toBeGreaterThan(80)
    for (const key of Object.keys(limits)) expect(named).toContain(`limits.${key}`)
    const folder = 'src/server/rate-limit/'
    const sources = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    )
    const files = ['src/server/auth/login-throttle.ts', ...sources.map((file) => folder + file)]
    const rates = files.flatMap((file) => [...read(file).matchAll(/^(?:export )?const (\w+): Rate = /gm)])
    expect(rates.length).toBeGreaterThan(8)
    for (const [, name] of rates) expect(named).toContain(name)
  })
  it('says for each limit what it applies to and why', () => {
    for (const line of read('docs/limits.md').split('\n')) {
      if (line.startsWith('| '))
        expect(
          line
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        ).not.toContain('')
    }
  })
  it('fails the check with another value', () => {
    expect(numbersIn('64 MiB, then 4 MiB/s')).toEqual([64 * 2 ** 20, 4 * 2 ** 20])
    expect(numbersIn('3, then 6/h')).toEqual([3, 6 * (1 / 3_600)])
    expect(numbersIn('20, then 2.5/min')).toEqual([20, 2.5 / 60])
    expect(constantsIn('const weekMs = 7 * dayMs\nexport const most: number = 2 * weekMs')).toMatchObject({
      most: 14 * 86_400_000,
    })
  })
})
