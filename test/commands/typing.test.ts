import { describe, expect, it } from 'vitest'
import { tea } from '../support/server/populate.ts'
import { type ConnectedUser, type KeyedCommand, startPopulatedServer } from '../support/server/populated-server.ts'

/** Waits until everything sent before was delivered to everyone. */
async function typed({ chat }: ConnectedUser, times = 1): Promise<void> {
  for (let i = 0; i < times; i++) chat.send({ type: 'typing', room: tea })
  await chat.settle()
}

describe('typing (SECURITY-REVIEW 24)', () => {
  const closings: [string, (bo: ConnectedUser) => KeyedCommand][] = [
    ['is muted', (bo) => ({ type: 'mute', room: tea, user: bo.id, forMs: 60_000 })],
    ['is no moderator where only those write', () => ({ type: 'change', room: tea, readOnly: true })],
    ['is in an archived room', () => ({ type: 'change', room: tea, archived: true })],
  ]

  it.for(closings)('stops being shown for a user who %s, and is shown before', async ([, closing], t) => {
    const { anna, bo, cai } = await startPopulatedServer(t)
    await typed(bo)
    expect(await cai.chat.next('typing')).toEqual({ type: 'typing', room: tea, user: bo.user })
    await anna.did(closing(bo))
    await typed(bo)
    await cai.chat.settle()
    expect(cai.heard('typing')).toHaveLength(1)
  })

  it('is shown once, on however many connections and however often it is sent', async (t) => {
    const { bo, cai } = await startPopulatedServer(t, { RATE_LIMITS: 'on' })
    const another = await bo.another()
    await another.chat.open(tea)
    for (const one of [bo, another]) await typed(one, 20)
    await cai.chat.settle()
    expect(cai.heard('typing')).toHaveLength(1)
    expect(bo.heard('error')).toEqual([])
  })
})
