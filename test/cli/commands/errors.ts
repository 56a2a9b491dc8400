import { describe, expect, it } from 'vitest'
import { type Cli, shared } from '../cli.ts'
import { serverWithPeople } from '../people.ts'

const faults = [
  [['brew'], /^There is no command "brew"/],
  [['toString'], /^There is no command "toString"/],
  [['a\nb'], /^There is no command "a\\nb"/],
  [['reset'], /^Name the user:/],
  [['reset', 'Nobody'], /^There is no user called "Nobody"/],
  [['reset', 'a\nb'], /^There is no user called "a\\nb"/],
] as const

export function errorsOf(cli: Cli): void {
  describe(`command line on ${cli.name} › an error is one line and changes nothing`, () => {
    const given = shared((t) => serverWithPeople(cli, t))
    it('for commands and names that do not exist', async () => {
      const { server } = given()
      const users = await cli.told(server, 'users')
      for (const [words, fault] of faults) expect(await cli.refusal(server, [...words])).toMatch(fault)
      expect(await cli.told(server, 'users')).toBe(users)
    })
    it('with invalid settings', async () => {
      expect(await cli.refusal(given().server, ['users'], { PORT: 'tea' })).toMatch(/^Bad settings: PORT/)
    })
    // Last: nothing can be read after it.
    it('with data of another version', async () => {
      const { server } = given()
      await cli.makeNewer(server)
      expect(await cli.refusal(server, ['users'])).toMatch(/written by (another|a newer) version \(schema 99/)
    })
  })
}
