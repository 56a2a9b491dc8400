/** A house with people of every rank, a public room and a private one: what the rights are tried on. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { ActContent, EntryContent, NewRoom, Store, Viewer } from '../../src/server/store/store.ts'
import type { User } from '../../src/shared/protocol.ts'
import { userNamed, viewer } from '../support/people.ts'
import type { Cleanup } from '../support/server.ts'
import type { Backend } from './contract.ts'

export const hourMs = 60 * 60 * 1000
export const tea = 'tea'
export const den = '~den'

export type Role = 'owen' | 'ada' | 'anna' | 'cai' | 'bo' | 'eve'

/**
 * Owen owns the house and Ada runs it with him; neither is in a room. Anna has made the public tea and the private den and moderates
 * both, Cai moderates them too, Bo is in them, and Eve is in neither.
 */
export class TestHouse implements Record<Role, User> {
  store: Store
  readonly owen: User
  readonly ada: User
  readonly anna: User
  readonly cai: User
  readonly bo: User
  readonly eve: User
  readonly #reopen: () => Promise<Store>

  private constructor(store: Store, people: Record<Role, User>, reopen: () => Promise<Store>) {
    this.store = store
    this.owen = people.owen
    this.ada = people.ada
    this.anna = people.anna
    this.cai = people.cai
    this.bo = people.bo
    this.eve = people.eve
    this.#reopen = reopen
  }

  static async open(t: Cleanup, backend: Backend): Promise<TestHouse> {
    const place = backend.place(t)
    let store = await backend.open(place)
    t.onTestFinished(() => store.close())
    const [owen, ada, anna, cai, bo, eve] = (await Promise.all(
      ['Owen', 'Ada', 'Anna', 'Cai', 'Bo', 'Eve'].map((name) => userNamed(store, name)),
    )) as [User, User, User, User, User, User]
    const house = new TestHouse(store, { owen, ada, anna, cai, bo, eve }, async () => {
      await store.close()
      store = await backend.open(place)
      return store
    })
    await house.#furnish()
    return house
  }

  /** In the order in which it is asked for, and in one go, which costs less. */
  async #furnish(): Promise<void> {
    const { store, owen, ada, anna, cai, bo } = this
    const everybody = [owen, ada, anna, cai, bo, this.eve]
    const users = [cai.id, bo.id]
    await Promise.all([
      store.openRoom('lobby', 1),
      makeOwner(store, owen),
      this.claim(ada),
      this.act(owen, { type: 'role', room: undefined, user: ada.id, role: 'admin' }),
      // Everybody knows everybody.
      ...everybody.map(({ id }) => store.enter(id, 'lobby')),
      this.create(anna, { address: tea, users }),
      this.create(anna, { kind: 'private', address: den, users }),
      ...[tea, den].map((room) => this.act(anna, { type: 'role', room, user: cai.id, role: 'moderator' })),
    ])
  }

  async reopen(): Promise<void> {
    this.store = await this.#reopen()
  }

  /** Gives a guest his name for good. */
  async claim({ id, name }: User): Promise<void> {
    await this.store.setPassword({ userId: id, skeleton: name, hash: 'hash' })
  }

  create(by: User, room: Partial<NewRoom> = {}, sight: Partial<Viewer> = {}) {
    const { kind = 'public', address = `room ${randomUUID()}`, name = address } = room
    const usual = { kind, address, name, key: randomUUID(), topic: '', users: [], at: Date.now() }
    return this.store.createRoom({ viewer: viewer(by, sight), ...usual, ...room })
  }

  act(by: User, content: ActContent, { key = randomUUID() as string, at = Date.now(), ...sight } = {} as ActMore) {
    return this.store.act({ ...content, viewer: viewer(by, sight), key, at })
  }

  /** @returns the number of what was done */
  async deed(by: User, content: ActContent): Promise<number> {
    const { act } = await this.act(by, content)
    if (act === undefined) throw new Error('It was not written down.')
    return act
  }

  undo(by: User, act: number, more: ActMore = {}) {
    return this.act(by, { type: 'undo', act }, more)
  }

  write(user: User, room: string, content: Partial<EntryContent> & { data?: string } = {}, more: WriteMore = {}) {
    const chat = { type: 'chat', data: 'hello' } as const
    return this.store.append({
      ...chat,
      ...content,
      room,
      user,
      key: randomUUID(),
      at: Date.now(),
      ...more,
    } as Parameters<Store['append']>[0])
  }

  /** How somebody stands there. */
  async standing(user: User, room: string) {
    const standing = await this.store.standing(user.id, room)
    if (!standing) throw new Error('There is no such room.')
    return standing
  }

  /** The texts of a room, as they stand. */
  async texts(room: string): Promise<string[]> {
    return (await this.store.messages(room, {}, 1_000)).messages.map(({ data }) => data)
  }
}

interface ActMore extends Partial<Omit<Viewer, 'user'>> {
  key?: string
  at?: number
}

interface WriteMore {
  key?: string
  at?: number
  unproven?: boolean
  onlyInvited?: boolean
}

async function makeOwner(store: Store, { name }: User): Promise<void> {
  const tokenHash = randomBytes(32)
  const at = Date.now()
  await Promise.all([
    store.makeLink({ type: 'owner', tokenHash, uses: 1, at, expiresAt: at + hourMs }),
    store.becomeOwner({ tokenHash, name, skeleton: name, hash: 'hash', at }),
  ])
}
