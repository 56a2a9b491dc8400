/** The same behaviours over every transport. What they do is the table in docs/protocol.md, "Transports compared". */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Chatter, type SendAnswer, type Transport, transports } from '../support/clients/transports.ts'
import { ownerNamed } from '../support/clients/visitor.ts'
import { markdownTable } from '../support/run/table.ts'
import { ConnectedUser } from '../support/server/populated-server.ts'
import { type Cleanup, startServer } from '../support/server/server.ts'

const room = 'lobby'
const notOffered = '—'

interface Scene {
  server: Awaited<ReturnType<typeof startServer>>
  /** Bo, over the transport. */
  bo: Chatter
  /** Anna writes over a WebSocket. */
  say(data: string): Promise<number>
  /** Bans Bo from the room. */
  ban(): Promise<void>
}

async function scene(t: Cleanup, transport: Transport, settings: Record<string, string> = {}): Promise<Scene> {
  const server = await startServer(t, { RATE_LIMITS: 'off', ...settings })
  const owner = await ConnectedUser.of(await ownerNamed(server, 'Owen'))
  const anna = await (await server.signIn('Anna')).connect()
  for (const name of [room, 'tea']) await anna.open(name)
  const bo = await server.signIn('Bo')
  return {
    server,
    bo: await transport.open(t, server, bo.cookie),
    say: (data) => anna.say(room, data),
    async ban() {
      await owner.did({ type: 'ban', room, user: bo.user.id, forMs: 3_600_000 })
    },
  }
}

/** Each plays one behaviour. @returns what the table says of it: `notOffered`, if the transport has no such thing */
const behaviours: Record<string, (t: Cleanup, transport: Transport) => Promise<string>> = {
  async 'without a session'(t, transport) {
    const { server } = await scene(t, transport)
    return `\`${await transport.withoutSession(server)}\``
  },

  async 'lists the rooms'(t, transport) {
    const { bo } = await scene(t, transport)
    if (!bo.rooms) return notOffered
    expect((await bo.rooms()).toSorted()).toEqual([room, 'tea'])
    return 'yes'
  },

  async 'reads the history'(t, transport) {
    const { bo, say } = await scene(t, transport)
    if (!bo.history) return notOffered
    for (const text of ['one', 'two']) await say(text)
    expect(await bo.history(room)).toEqual(['one', 'two'])
    return 'yes'
  },

  async sends(t, transport) {
    const { bo, server } = await scene(t, transport)
    if (!bo.send) return notOffered
    expect(await bo.send(room, 'hello', 'k')).toEqual({ id: 1 })
    const reader = await (await server.signIn('Cai')).connect()
    expect((await reader.open(room)).messages).toMatchObject([{ data: 'hello', user: { name: 'Bo' } }])
    return 'yes'
  },

  async 'stores a message once for each key'(t, transport) {
    const { bo, say } = await scene(t, transport)
    if (!bo.send || !transport.hasKeys) return notOffered
    const first = await bo.send(room, 'hello', 'k')
    expect(await bo.send(room, 'hello', 'k')).toEqual(first)
    expect(await say('next')).toBe(2)
    expect(await bo.send(room, 'hello', 'another')).toEqual({ id: 3 })
    return 'yes'
  },

  async 'receives each message once, in order'(t, transport) {
    const { bo, say } = await scene(t, transport)
    if (!bo.follow) return notOffered
    const follower = await bo.follow(room)
    const texts = Array.from({ length: 20 }, (_, n) => `message ${n}`)
    for (const text of texts) await say(text)
    for (const text of texts) expect(await follower.next()).toBe(text)
    return 'yes'
  },

  async 'receives what it missed while it was away'(t, transport) {
    const { bo, say } = await scene(t, transport)
    if (!bo.follow) return notOffered
    const follower = await bo.follow(room)
    await say('before')
    expect(await follower.next()).toBe('before')
    const goOn = await follower.breakOff()
    if (!goOn) return notOffered
    for (const text of ['missed 1', 'missed 2']) await say(text)
    const again = await goOn()
    for (const text of ['missed 1', 'missed 2']) expect(await again.next()).toBe(text)
    await say('after')
    expect(await again.next()).toBe('after')
    return 'yes'
  },

  async 'hears nothing more of a lost room'(t, transport) {
    const { bo, say, ban } = await scene(t, transport)
    const follower = await bo.follow?.(room)
    await say('before')
    if (follower) expect(await follower.next()).toBe('before')
    if (bo.history) expect(await bo.history(room)).toEqual(['before'])
    await ban()
    await say('secret')
    await follower?.settle()
    expect(follower?.texts ?? []).not.toContain('secret')
    if (bo.history) await expect(bo.history(room)).rejects.toThrow()
    return 'yes'
  },

  async 'is refused a text that is too long'(t, transport) {
    const { bo } = await scene(t, transport)
    const answer = await bo.send?.(room, 'x'.repeat(4_001), 'k')
    return answer ? reasonOf(answer) : notOffered
  },

  async 'is refused what comes too fast'(t, transport) {
    const { bo } = await scene(t, transport, { RATE_LIMITS: 'on' })
    if (!bo.send) return notOffered
    const answers: SendAnswer[] = []
    for (let n = 0; n < 30 && !answers.some((one) => 'refusal' in one); n++)
      answers.push(await bo.send(room, `${n}`, `${n}`))
    expect(answers.length).toBeGreaterThan(5)
    return reasonOf(answers.at(-1))
  },
}

/** The code in code marks. A sentence has none. */
function reasonOf(answer: SendAnswer | undefined): string {
  const refusal = answer && 'refusal' in answer ? answer.refusal : undefined
  expect(refusal).toBeTypeOf('string')
  return /^[a-z-]+$/.test(refusal ?? '') ? `\`${refusal}\`` : 'a sentence'
}

describe('transport', () => {
  const found = new Map<string, string>()

  for (const [behaviour, play] of Object.entries(behaviours)) {
    it.for(transports)(`${behaviour}: $name`, async (transport, t) => {
      found.set(`${behaviour} ${transport.name}`, await play(t, transport))
    })
  }

  it('behaves as the table in docs/protocol.md says', ({ skip }) => {
    const rows = Object.keys(behaviours).map((behaviour) => [
      behaviour,
      ...transports.map(({ name }) => found.get(`${behaviour} ${name}`) ?? ''),
    ])
    if (rows.flat().includes('')) return skip('Only all behaviours together make the table.')
    const document = readFileSync(join(import.meta.dirname, '../../docs/protocol.md'), 'utf8')
    const table = markdownTable(['', ...transports.map(({ name }) => name)], rows)
    expect(squeezed(document), `The table is:\n${table}`).toContain(squeezed(table))
  })
})

/** Without the blanks that only align columns. */
function squeezed(text: string): string {
  return text.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---')
}
