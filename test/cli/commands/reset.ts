import { describe, expect, it } from 'vitest'
import { memberNamed, password, pathOf, textOf, Visitor, visitorNamed } from '../../support/clients/visitor.ts'
import type { TestServer } from '../../support/server/server.ts'
import { type Cli, shared } from '../cli.ts'
import { serverWithPeople } from '../people.ts'

const dayMs = 24 * 60 * 60 * 1000

export function resetCommand(cli: Cli): void {
  async function linkFor(server: TestServer, ...name: string[]): Promise<string> {
    const [link = ''] = (await cli.told(server, 'reset', ...name)).split('\n')
    expect(link).toMatch(new RegExp(`^${RegExp.escape(server.url)}/link/[\\w-]{43}$`))
    return link
  }

  const ofAnna = `user_id = (select id from users where name = 'Anna')`
  const linksFor = (server: TestServer, columns: string) =>
    cli.query(server, `select ${columns} from links where ${ofAnna}`)

  async function pageFor(server: TestServer, ...name: string[]): Promise<string> {
    return textOf((await new Visitor(server).get(pathOf(await linkFor(server, ...name)))).body)
  }

  describe(`command line on ${cli.name} › reset`, () => {
    const given = shared((t) => serverWithPeople(cli, t))
    it('creates a link that sets a new password once, beside a running server', async () => {
      const { server } = given()
      const chat = await (await memberNamed(server, 'Mei')).connect()
      const path = pathOf(await linkFor(server, 'Mei'))
      const forgetful = new Visitor(server)
      expect((await forgetful.post(path, { password: 'quite another pot' })).status).toBe(303)
      expect((await chat.closed).code).toBe(4002)
      expect((await forgetful.post(path, { password })).status).toBe(404)
      expect((await visitorNamed(server, 'Mei', { password: 'quite another pot' })).cookie).not.toBe('')
      const second = new Visitor(server)
      expect((await second.post('/signin', { name: 'Mei', password })).status, 'the old one').toBe(403)
    })
    it('creates a link for a day, which replaces the previous one', async () => {
      const { server } = given()
      const first = pathOf(await linkFor(server, 'Anna'))
      const before = Date.now()
      const second = pathOf(await linkFor(server, 'Anna'))
      expect((await new Visitor(server).get(first)).status).toBe(404)
      expect((await new Visitor(server).get(second)).status).toBe(200)
      const links = await linksFor(server, 'expires_at as until, uses_left as uses')
      expect(links).toHaveLength(1)
      expect(links[0]).toMatchObject({ uses: 1 })
      expect(Number(links[0]?.until) - before - dayMs).toBeGreaterThanOrEqual(0)
      expect(Number(links[0]?.until) - Date.now() - dayMs).toBeLessThanOrEqual(0)
    })
    it('is recorded in the audit log as done by the operator', async () => {
      const { server, li } = given()
      await linkFor(server, 'Anna')
      expect(textOf((await li.get('/admin/log')).body)).toContain('The operator created a password link for Anna')
      const [noted] = await cli.query(
        server,
        `select actor_id as by, data from audit_log where type = 'link' and ${ofAnna} order by id desc limit 1`,
      )
      const [link] = await linksFor(server, 'expires_at as until, created_by as by')
      expect(noted).toMatchObject({ by: null, data: JSON.stringify({ expiresAt: Number(link?.until) }) })
      expect(link).toMatchObject({ by: null })
    })
    it('works for the owner', async () => {
      const { server } = given()
      const li = new Visitor(server)
      expect((await li.post(pathOf(await linkFor(server, 'Li')), { password: 'quite another pot' })).status).toBe(303)
      expect((await li.get('/admin')).status).toBe(200)
    })
    it('finds Anna by a name that looks like hers', async () => {
      const { server } = given()
      for (const name of ['ANNA', ' anna ', 'Аnna'])
        expect(await pageFor(server, name), JSON.stringify(name)).toContain('Choose a new password for Anna.')
    })
    it('accepts a name of several words', async () => {
      const { server } = given()
      await visitorNamed(server, 'Old Li')
      expect(await pageFor(server, 'Old', 'Li')).toContain('for Old Li.')
    })
    it('asks which guest is meant among confusable names, and takes an exact match', async () => {
      const { server } = given()
      for (const name of ['Bo', 'BO']) await visitorNamed(server, name)
      expect(await cli.refusal(server, ['reset', 'bo'])).toBe('Several names match: "Bo", "BO"')
      expect(await pageFor(server, 'BO')).toContain('for BO.')
    })
    it('prefers a claimed name to a guest’s confusable one', async () => {
      const { server } = given()
      await visitorNamed(server, 'CY')
      await memberNamed(server, 'Cy')
      expect(await pageFor(server, 'CY')).toContain('for Cy.')
    })
    it('links to the public origin, and to none without a port', async () => {
      const { server, anna } = given()
      const link = async (settings: Record<string, string>) =>
        (await cli.run(server, ['reset', 'Anna'], settings)).stdout.split('/link/')[0]
      expect(await link({ PUBLIC_ORIGIN: 'https://tea.example' })).toBe('https://tea.example')
      expect(await link({})).toBe('http://127.0.0.1:3000')
      expect(await link({ HOST: '0.0.0.0', PORT: '80' })).toBe('http://localhost:80')
      expect(await link({ HOST: '::1' })).toBe('http://[::1]:3000')
      expect(await cli.refusal(server, ['reset', 'Anna'], { PORT: '0' })).toMatch(/^Set PUBLIC_ORIGIN/)
      expect(await anna.isIn()).toBe(true)
    })
  })
}
