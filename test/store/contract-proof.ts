/** What every store must do so that a typed name never opens what somebody else has. */
import { describe, expect, it } from 'vitest'
import type { ActContent } from '../../src/server/store/store.ts'
import { den, tea } from '../support/furnish.ts'
import type { Backend } from './contract.ts'
import { ban, TestHouse } from './house.ts'

/** What Eve, a guest without a session, had and has lost, or left. */
const lost: Record<string, (house: TestHouse) => Promise<unknown>> = {
  async 'a conversation that they have closed'(house) {
    const { room } = await conversation(house)
    await house.act(house.eve, { type: 'leave', room })
  },
  async 'a private room that they have left'(house) {
    await add(house, den)
    await house.act(house.eve, { type: 'leave', room: den })
  },
  async 'a private room that they were put out of'(house) {
    await add(house, den)
    await house.act(house.anna, { type: 'kick', room: den, user: house.eve.id })
  },
  async 'an invitation into a public room that they have left'(house) {
    await add(house, tea)
    await house.act(house.eve, { type: 'leave', room: tea })
  },
  async 'an invitation that an undo gives back'(house) {
    await add(house, tea)
    await house.act(house.anna, { type: 'kick', room: tea, user: house.eve.id })
  },
  async 'a public room that they made and left'(house) {
    const { room } = await house.create(house.eve)
    await house.act(house.eve, { type: 'leave', room })
  },
  'the role of a moderator, by a kick': (house) =>
    afterModerating(house, { type: 'kick', room: tea, user: house.eve.id }),
  'the role of a moderator, by a ban': (house) => afterModerating(house, ban(tea, house.eve)),
  'the role of a moderator, by a change of role': (house) =>
    afterModerating(house, { type: 'role', room: tea, user: house.eve.id, role: 'member' }),
}

export function proofContract(backend: Backend): void {
  const open = (t: Parameters<Backend['place']>[0]) => TestHouse.open(t, backend)
  const isProven = async ({ store }: TestHouse) => (await store.guestNamed('Eve', 'Eve')).isProven

  describe(`${backend.name} store, of proof:`, () => {
    it.for(Object.entries(lost))('a guest’s name is held by %s (SECURITY-REVIEW 1)', async ([, lose], t) => {
      const house = await open(t)
      expect(await isProven(house)).toBe(true)
      await lose(house)
      expect(await isProven(house)).toBe(false)
    })
    it('a guest’s name is held by nothing that gives them nothing (SECURITY-REVIEW 1)', async (t) => {
      const house = await open(t)
      await house.store.enter(house.eve.id, tea)
      await house.act(house.anna, { type: 'mute', room: tea, user: house.eve.id, until: Date.now() })
      await house.act(house.anna, { type: 'kick', room: tea, user: house.eve.id })
      expect(await isProven(house)).toBe(true)
    })
  })
}

function conversation(house: TestHouse) {
  return house.create(house.bo, { kind: 'direct', address: '~talk', name: '', users: [house.eve.id] })
}

function add(house: TestHouse, room: string) {
  return house.act(house.anna, { type: 'add', room, users: [house.eve.id] })
}

/** Only the act remembers that Eve was one: they came by themselves, and nobody has brought them in. */
async function afterModerating(house: TestHouse, content: ActContent): Promise<void> {
  await house.store.enter(house.eve.id, tea)
  await house.act(house.anna, { type: 'role', room: tea, user: house.eve.id, role: 'moderator' })
  await house.act(house.anna, content)
}
