import { expect, it, vi } from 'vitest'
import { LocalBackplane } from '../../src/server/backplane/local.ts'
import type { Hub } from '../../src/server/chat/hub.ts'
import { Presence } from '../../src/server/chat/presence.ts'
import { PresenceElsewhere } from '../../src/server/chat/presence-elsewhere.ts'
import type { NodePresence, Publication } from '../../src/server/chat/publication.ts'

const user = (id: number) => ({ id, name: `user ${id}`, image: -1 })
const connection = {}

/** Nodes that share a room; what they tell each other can be lost. */
function openNodes(count: number) {
  const backplane = new LocalBackplane<Publication>()
  const lost = { next: false }
  const lossy = {
    publish: (publication: Publication) => {
      if (!lost.next) backplane.publish(publication)
      lost.next = false
    },
    subscribe: backplane.subscribe.bind(backplane),
  }
  const nodes = Array.from({ length: count }, () => {
    const rooms: Pick<Hub, 'presenceOf' | 'presences' | 'presenceElsewhere'> = {
      presenceElsewhere: undefined,
      presenceOf: (name) => (name === 'tea' ? presence : undefined),
      presences: () => [['tea', presence]],
    }
    const said: string[] = []
    const presence: Presence = new Presence(
      'tea',
      0,
      (frame) => said.push(`${frame.type} ${'user' in frame ? frame.user.id : ''}`),
      (user, isHere) => rooms.presenceElsewhere?.changed('tea', user, isHere),
    )
    const elsewhere = new PresenceElsewhere(rooms, lossy)
    return {
      presence,
      elsewhere,
      said,
      online: () =>
        presence
          .list()
          .map(({ id }) => id)
          .sort(),
    }
  })
  return { nodes, lost, backplane }
}

it('presence on other nodes › users of all nodes are online, each once', () => {
  const { nodes } = openNodes(3)
  for (const { elsewhere } of nodes) elsewhere.beat()
  const [a, b] = nodes
  a?.presence.enter(user(1), connection)
  b?.presence.enter(user(2), connection)
  b?.presence.enter(user(1), connection)
  for (const { online } of nodes) expect(online()).toEqual([1, 2])
  a?.presence.leave(user(1), connection, false)
  for (const { online } of nodes) expect(online()).toEqual([1, 2])
  b?.presence.leave(user(1), connection, false)
  for (const { online, said } of nodes) {
    expect(online()).toEqual([2])
    expect(said.filter((one) => one.endsWith(' 1'))).toEqual(['join 1', 'left 1'])
  }
})
it('presence on other nodes › a change that was lost is found at the next one, or at the next beat', () => {
  const { nodes, lost } = openNodes(2)
  for (const { elsewhere } of nodes) elsewhere.beat()
  const [a, b] = nodes
  lost.next = true
  a?.presence.enter(user(1), connection)
  expect(b?.online()).toEqual([])
  a?.presence.enter(user(2), connection)
  expect(b?.online()).toEqual([1, 2])
  lost.next = true
  a?.presence.leave(user(1), connection, false)
  expect(b?.online()).toEqual([1, 2])
  a?.elsewhere.beat()
  expect(b?.online()).toEqual([2])
})
it('presence on other nodes › a node that is silent is forgotten, after the time of grace, and known again when it speaks', async () => {
  const { nodes } = openNodes(2)
  const [a, b] = nodes
  a?.elsewhere.beat()
  a?.presence.enter(user(1), connection)
  b?.elsewhere.beat(performance.now() + 7_000)
  expect(b?.online()).toEqual([1])
  b?.elsewhere.beat(performance.now() + 9_000)
  await vi.waitFor(() => expect(b?.online()).toEqual([]), 60_000)
  a?.elsewhere.beat()
  expect(b?.online()).toEqual([1])
})
it('presence on other nodes › of one that is told late only the newest counts', () => {
  const { nodes, backplane } = openNodes(1)
  const [a] = nodes
  const tell = (version: number, news: NodePresence['news']) =>
    backplane.publish({ type: 'presence', presence: { node: 'other', version, news } })
  tell(2, { type: 'all', rooms: [['tea', [user(5)]]] })
  tell(1, { type: 'change', room: 'tea', user: user(5), isHere: false })
  tell(1, { type: 'all', rooms: [] })
  expect(a?.online()).toEqual([5])
  tell(2, { type: 'gone' })
})
