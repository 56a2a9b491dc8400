import { describe, expect, it } from 'vitest'
import { type Cli, shared } from '../cli.ts'
import { serverWithPeople } from '../people.ts'

export function botCommands(cli: Cli): void {
  describe(`command line on ${cli.name} › bots and hooks`, () => {
    const given = shared((t) => serverWithPeople(cli, t))
    it('bots: adds a bot while the server runs, and prints its token as the last word, once', async () => {
      const { server } = given()
      const printed = await cli.told(server, 'bots', 'add', 'Night', 'watch')
      const token = printed.trim().split(/\s+/).at(-1) ?? ''
      expect(token).toMatch(/^[\w-]{43}$/)
      const me = await fetch(`${server.url}/api/me`, { headers: { authorization: `Bearer ${token}` } })
      expect(await me.json()).toMatchObject({ user: { name: 'Night watch' }, role: 'member', verified: true })
      const listed = await cli.told(server, 'bots')
      expect(listed).toMatch(/^write +public rooms +Night watch$/m)
      expect(listed).not.toContain(token)
    })
    it('bots: limits a bot to rooms, by address or name, and to reading', async () => {
      const { server } = given()
      const printed = await cli.told(server, 'bots', 'add', 'Reader', '--room', 'lobby', '--read')
      expect(printed).toContain('can read in lobby')
      expect(await cli.told(server, 'bots')).toMatch(/^read +its rooms +Reader$/m)
    })
    it('bots: refuses names that are taken or none, rooms that do not exist, and words that it does not know', async () => {
      const { server } = given()
      const refusal = (...words: string[]) => cli.refusal(server, ['bots', ...words])
      const before = await cli.told(server, 'bots')
      expect(await refusal('add', 'Anna')).toMatch(/taken/)
      expect(await refusal('add')).toMatch(/^Name the bot/)
      expect(await refusal('add', 'x'.repeat(33))).toMatch(/cannot be a name/)
      expect(await refusal('add', 'Lost', '--room', 'none')).toMatch(/no room called "none"/)
      expect(await refusal('add', 'Lost', '--write')).toMatch(/^Name the bot/)
      expect(await refusal('remove', 'Lost')).toMatch(/^Name the bot/)
      expect(await cli.told(server, 'bots')).toBe(before)
    })
    it('hooks: adds a webhook while the server runs, and prints its address as the last word', async () => {
      const { server } = given()
      const printed = await cli.told(server, 'hooks', 'add', 'lobby', 'Night', 'alerts')
      const address = printed.trim().split(/\s+/).at(-1) ?? ''
      expect(address).toMatch(new RegExp(`^${RegExp.escape(server.url)}/hooks/[\\w-]{43}$`))
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(address, { method: 'POST', headers, body: '{"text":"fire"}' })
      expect([response.status, await response.text()]).toEqual([200, 'ok'])
      expect(await cli.told(server, 'hooks')).toMatch(/^1 +lobby +Night alerts$/m)
    })
    it('hooks: refuses rooms that do not exist, names of people, and words that are missing', async () => {
      const { server } = given()
      const refusal = (...words: string[]) => cli.refusal(server, ['hooks', ...words])
      expect(await refusal('add', 'none', 'Alerts')).toMatch(/no room called "none"/)
      expect(await refusal('add', 'lobby', 'Anna')).toMatch(/taken/)
      for (const words of [['add'], ['add', 'lobby'], ['remove']])
        expect(await refusal(...words)).toMatch(/^Name the room and the bot/)
    })
  })
}
