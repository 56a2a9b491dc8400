import { describe, expect, it } from 'vitest'
import { uploaded } from '../../support/clients/uploads.ts'
import { type Cli, shared } from '../cli.ts'
import { serverWithPeople } from '../people.ts'

const moment = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d UTC`

export function listingCommands(cli: Cli): void {
  describe(`command line on ${cli.name} › help, users, rooms and search`, () => {
    const given = shared(async (t) => {
      const people = await serverWithPeople(cli, t)
      await (await people.server.signIn('Bo')).signOut()
      return people
    })
    it('help: is printed with the settings of the server', async () => {
      expect(await cli.told(given().server, 'help')).toMatch(/^npx teahouse <command>/)
    })
    it('users: lists all users, also those without sessions', async () => {
      const lines = [
        `member {2}${moment} {2}Anna`,
        'guest {3}signed out {12}Bo',
        `owner {3}${moment} {2}Li`,
        `guest {3}${moment} {2}王小明`,
      ]
      expect(await cli.told(given().server, 'users')).toMatch(new RegExp(`^${lines.join('\n')}\n$`))
    })
    it('rooms: lists all rooms', async () => {
      const { server, li } = given()
      const chat = await li.connect()
      await chat.open('lobby')
      await chat.say('lobby', 'hello')
      await chat.ask({ type: 'create', key: 'k', kind: 'private', name: 'Ours' }, 'room')
      expect(await cli.told(server, 'rooms')).toBe('public   1  1  lobby\nprivate  1  0  Ours\n')
    })
  })

  describe(`command line on ${cli.name} › without a running server`, () => {
    it('users says what it said, and search how much is still to be indexed', async (t) => {
      const { server, anna } = await serverWithPeople(cli, t)
      expect(await cli.told(server, 'search')).toBe('All messages are indexed.\n')
      const chat = await anna.connect()
      await chat.open('lobby')
      const by = { cookie: anna.cookie }
      const id = await uploaded(server, by, { name: 'leaves.txt', type: 'text/plain', bytes: 'green tea' })
      await chat.ask({ type: 'chat', room: 'lobby', key: 'k', data: 'see', files: [id] }, 'sent')
      const users = await cli.told(server, 'users')
      await server.stop()
      expect(await cli.told(server, 'users')).toMatch(new RegExp(users.replaceAll(new RegExp(moment, 'g'), moment)))
      await cli.query(server, 'update search_state set reserved = 1000, next = 250')
      await cli.query(server, 'update files set text_waits = 1')
      expect(await cli.told(server, 'search')).toMatch(
        /^750 of 1000 older messages are indexed\. .*\nText files still to index: 1\.\n$/,
      )
    })
  })
}
