import { describe, expect, it } from 'vitest'
import { actionTextOf, plainActionText } from '../../../src/shared/commands/me.ts'
import { parseInput } from '../../../src/shared/commands/parse-input.ts'
import { slashCommands } from '../../../src/shared/commands/registry.ts'

describe('slash commands › parsing', () => {
  it.for([
    ['hello', { type: 'text', text: 'hello' }],
    [' /me waves', { type: 'text', text: ' /me waves' }],
    ['/usr/bin/env', { type: 'text', text: '/usr/bin/env' }],
    ['/', { type: 'text', text: '/' }],
    ['/24 is a prefix', { type: 'text', text: '/24 is a prefix' }],
    ['//dance', { type: 'text', text: '/dance' }],
    ['//me waves', { type: 'text', text: '\\/me waves' }],
    ['/me waves', { type: 'send', text: '/me waves' }],
    ['/ME waves\nand goes', { type: 'send', text: '/me waves\nand goes' }],
    ['/me', { type: 'incomplete', name: 'me' }],
    ['/topic  Green tea ', { type: 'change', settings: { topic: 'Green tea' } }],
    ['/topic ', { type: 'incomplete', name: 'topic' }],
    ['/dance now', { type: 'unknown', name: 'dance' }],
    ['/constructor', { type: 'unknown', name: 'constructor' }],
  ])('reads %j as %j', ([text, parsed]) => {
    expect(parseInput(text as string)).toEqual(parsed)
  })
  it('has one command for each name, in lower case', () => {
    const names = slashCommands.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z]+$/)
  })
})

describe('slash commands › action messages', () => {
  it.for([
    ['/me waves', 'waves'],
    ['/me', undefined],
    ['/me ', undefined],
    ['/mention', undefined],
    ['\\/me waves', undefined],
    ['hello /me', undefined],
  ])('finds in %j the action %j', ([data, action]) => {
    expect(actionTextOf(data as string)).toBe(action)
  })
  it('writes an action with the name of its author, and leaves any other text as it is', () => {
    expect(plainActionText('/me waves', 'Anna')).toBe('* Anna waves')
    expect(plainActionText('hello', 'Anna')).toBe('hello')
  })
})
