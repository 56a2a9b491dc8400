/** What pages do in rooms, without a connection. */
import { describe, expect, it, vi } from 'vitest'
import { ChatService } from '../../src/server/commands/chat-service.ts'
import type { Services } from '../../src/server/commands/contract.ts'
import { createLimiter } from '../../src/server/rate-limit/limiter.ts'
import { openSqliteStore } from '../../src/server/store/sqlite/open.ts'
import { userNamed, viewer } from '../support/clients/users.ts'
import { type Cleanup, temporaryFolder } from '../support/server/server.ts'

async function newService(t: Cleanup) {
  const store = openSqliteStore(temporaryFolder(t))
  t.onTestFinished(() => store.close())
  const user = await userNamed(store, 'Anna')
  await store.rooms.open('tea', Date.now(), user)
  const limiter = createLimiter(true)
  const charge = vi.spyOn(limiter, 'store')
  const services = {
    store,
    limiter,
    hub: { publish() {} },
    log: { event() {} },
    node: { isCurrent: true, explain: async () => {} },
  } as unknown as Services
  return { chat: new ChatService(services), session: { ...viewer(user), id: 1, role: 'guest' as const }, charge }
}

describe('moderation on a page', () => {
  it('charges the author and their network for the text of a topic', async (t) => {
    const { chat, session, charge } = await newService(t)
    const topic = '茶'.repeat(300)
    await chat.change(session, '203.0.113.0/24', { type: 'change', room: 'tea', key: 'k', topic })
    const [author, bytes] = charge.mock.calls[0] ?? []
    expect(author).toMatchObject({ session, network: '203.0.113.0/24' })
    expect(bytes).toBeGreaterThan(Buffer.byteLength(topic))
  })
  it('charges nothing for a change that changes nothing', async (t) => {
    const { chat, session, charge } = await newService(t)
    const giveBack = vi.fn()
    charge.mockReturnValue(giveBack)
    const change = { type: 'change', room: 'tea', topic: 'Oolong' } as const
    await chat.change(session, '203.0.113.0/24', { ...change, key: 'one' })
    expect(giveBack, 'what changes something is charged').not.toHaveBeenCalled()
    await chat.change(session, '203.0.113.0/24', { ...change, key: 'other' })
    expect(giveBack).toHaveBeenCalledOnce()
  })
  it('charges the network for an action without text', async (t) => {
    const { chat, session, charge } = await newService(t)
    await chat.moderate(session, '203.0.113.0/24', { type: 'leave', room: 'tea' })
    expect(charge.mock.calls.map(([{ network }]) => network)).toEqual(['203.0.113.0/24'])
  })
})
