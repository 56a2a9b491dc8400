import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { CommandError } from '../../../clients/js/src/pending-commands.ts'
import { PeopleToMention } from '../../../src/client/composer/people-to-mention.ts'
import type { User } from '../../../src/shared/protocol/types.ts'
import { anna, bo, entry, li } from '../support/fakes.ts'

const zoe = { id: 40, name: 'Zoe', image: 1 }
const zack = { id: 41, name: 'Zack', image: 2 }
const banned = { id: 42, name: 'Zed', image: 3 }

function setUp(answers: { members?: readonly User[]; users?: readonly User[] | Error; isModerator?: boolean }) {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { members = [], users = [], isModerator = false } = answers
  const ask = vi.fn(async ({ type }: { type: string }) => {
    if (type === 'users' && users instanceof Error) throw users
    if (type === 'users') return { data: users }
    const member = (user: User) => ({ user, serverRole: 'guest', role: 'member' })
    return { data: [...members.map(member), { ...member(banned), bannedUntil: 1 }], more: false }
  })
  const found = vi.fn()
  const people = new PeopleToMention({
    chat: { user: li, ask } as unknown as ConstructorParameters<typeof PeopleToMention>[0]['chat'],
    room: () => ({
      room: 'lobby',
      people: [anna, li],
      messages: [entry(1, '', bo), entry(2, '', li), entry(3, '', anna)],
    }),
    isModerator: () => isModerator,
    found,
  })
  const names = () => people.list().map(({ name }) => name)
  const type = async (term: string) => {
    people.find(term)
    await vi.advanceTimersByTimeAsync(200)
  }
  const searches = () => ask.mock.calls.flatMap(([question]) => (question.type === 'users' ? [question] : []))
  return { people, names, type, ask, found, searches }
}

describe('people to mention', () => {
  it('are recent authors first, then people online, other members, and others', async () => {
    const { names, type, found } = setUp({ members: [zoe, bo], users: [zack, zoe] })
    expect(names()).toEqual([anna.name, bo.name, li.name])
    await type('z')
    expect(names()).toEqual([anna.name, bo.name, li.name, 'Zoe', 'Zack'])
    expect(found).toHaveBeenCalledTimes(2)
  })

  it('can all be mentioned at once in a small room, and by moderators in any', async () => {
    const many = Array.from({ length: 21 }, (_, i) => ({ id: 100 + i, name: `z${i}`, image: 0 }))
    const small = setUp({ members: many.slice(1) })
    expect(small.people.mayMentionEveryone()).toBe(false)
    await small.type('')
    expect(small.people.mayMentionEveryone()).toBe(true)
    const large = setUp({ members: many })
    await large.type('')
    expect(large.people.mayMentionEveryone()).toBe(false)
    expect(setUp({ members: many, isModerator: true }).people.mayMentionEveryone()).toBe(true)
  })

  it('are asked for once, and not again for a longer name when the answer had everybody', async () => {
    const { type, ask, searches } = setUp({ users: [zack] })
    for (const term of ['', 'z', 'za', 'ZACK']) await type(term)
    expect(searches()).toEqual([{ type: 'users', data: 'z' }])
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('are asked for again when the answer may have left some out', async () => {
    const many = Array.from({ length: 200 }, (_, i) => ({ id: 100 + i, name: `z${i}`, image: 0 }))
    const { type, searches } = setUp({ users: many })
    await type('z')
    await type('za')
    expect(searches().length).toBe(2)
  })

  it('are asked for only when the typing pauses', async () => {
    const { people, type, searches } = setUp({})
    people.find('a')
    people.find('an')
    await type('ann')
    expect(searches()).toEqual([{ type: 'users', data: 'ann' }])
  })

  it('stay as they are known while the server does not answer', async () => {
    const { names, type } = setUp({ users: new CommandError('connection-lost', '') })
    await type('b')
    expect(names()).toContain(bo.name)
  })
})
