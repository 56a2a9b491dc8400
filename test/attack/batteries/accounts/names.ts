import { memberNamed, Visitor } from '../../../support/clients/visitor.ts'
import { startServer } from '../../../support/server/server.ts'
import { type Battery, premise, type Size, Tally } from '../../battery.ts'

const every: Readonly<Record<Size, number>> = { smallest: 80, short: 8, long: 1 }

export default {
  what: 'A claimed name with each invisible character, inside, on both sides and twice: none can sign in (SECURITY-REVIEW 6).',
  atLeast: { smallest: 30, short: 300, long: 3_000 },

  async run(size, t) {
    const tally = new Tally()
    const server = await startServer(t, { RATE_LIMITS: 'off' })
    await memberNamed(server, 'Olga')
    premise((await new Visitor(server).post('/signin', { name: 'Olga' })).status === 403, 'the name is free')
    premise((await new Visitor(server).post('/signin', { name: 'Vera' })).status === 303, 'no name can sign in')
    for (const character of unseen().filter((_, i) => i % every[size] === 0)) {
      for (const name of [`Olga${character}`, `${character}Olga`, `Ol${character}ga`, character + character]) {
        const visitor = new Visitor(server)
        const { status } = await visitor.post('/signin', { name })
        const isOut = (status === 400 || status === 403) && visitor.cookie === ''
        tally.count(isOut, `${JSON.stringify(name)} signed in: ${status}`)
      }
    }
    return tally
  },
} satisfies Battery

/** Characters without visible ink, and a part of the private and unassigned ones. */
function unseen(): string[] {
  const all = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff)
  const texts = all.map((code) => String.fromCodePoint(code))
  const known = texts.filter((c) => /[\p{Cf}\p{Zs}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffc]/u.test(c))
  const visible = /[ \u3000]/
  const unknown = texts.filter((c, i) => /[\p{Co}\p{Cn}]/u.test(c) && i % 997 === 0)
  return [...known.filter((c) => !visible.test(c) && !/\p{Cn}/u.test(c)), ...unknown]
}
