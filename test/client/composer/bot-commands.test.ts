/** The slash commands of bots, as the page learns of them. */
import { describe, expect, it, vi } from 'vitest'
import { CommandError } from '../../../clients/js/src/pending-commands.ts'
import { BotCommands } from '../../../src/client/composer/bot-commands.ts'
import { bo } from '../support/fakes.ts'

const weather = { name: 'weather', description: '', user: bo }

describe('slash commands of bots', () => {
  it('are asked for once', async () => {
    const ask = vi.fn(async () => ({ type: 'commands', room: 'tea', data: [weather] }))
    const found = vi.fn()
    const commands = new BotCommands({ chat: { ask: ask as never }, room: () => 'tea', found })
    commands.find()
    commands.find()
    await vi.waitFor(() => expect(found).toHaveBeenCalledOnce(), 60_000)
    expect(commands.list()).toEqual([weather])
    commands.find()
    expect(ask).toHaveBeenCalledOnce()
  })
  it('are asked for again after a refusal', async () => {
    const ask = vi.fn(() => Promise.reject(new CommandError('too-fast', 'Later.')))
    const commands = new BotCommands({ chat: { ask: ask as never }, room: () => 'tea', found: () => {} })
    commands.find()
    await vi.waitFor(() => {
      commands.find()
      expect(ask).toHaveBeenCalledTimes(2)
    }, 60_000)
    expect(commands.list()).toEqual([])
  })
})
