import { randomBytes, randomUUID } from 'node:crypto'
import type {
  EntryContent,
  ModerationAction,
  NewBot,
  NewOutgoingHook,
  NewRoom,
  Store,
  Viewer,
} from '../../src/server/store/store.ts'
import { forever } from '../../src/shared/durations.ts'
import type { AuditRecord, User } from '../../src/shared/protocol/types.ts'
import { viewer } from '../support/clients/users.ts'
import { type People, populate } from '../support/server/populate.ts'
import type { Cleanup } from '../support/server/server.ts'
import type { Backend } from './contract/contract.ts'

export const hourMs = 60 * 60 * 1000
export const inAnHour = () => Date.now() + hourMs

export function ban(room: string | undefined, { id }: User, until = forever) {
  return { type: 'ban', room, user: id, until, ranges: [] as string[] } as const
}

export function newBot(more: Partial<NewBot> = {}): NewBot {
  return { name: 'Relay', tokenHash: randomBytes(32), canWrite: true, canViewPublic: true, rooms: [], ...more }
}

export function newOutgoingHook(more: Partial<NewOutgoingHook> = {}): NewOutgoingHook {
  const usual = { kind: 'messages', rooms: ['tea'], url: 'https://hooks.example/x', secret: 'whsec_c2VjcmV0' } as const
  return { name: 'Relay', ...usual, ...more }
}

export function invitation(room: string) {
  return { type: 'invite', room, tokenHash: randomBytes(32), uses: 1, expiresAt: inAnHour() } as const
}

interface PopulatedStore {
  place: string
  people: People
}

/** Populated once for each backend and copied for each test: a copy costs a tenth. */
const originals = new WeakMap<Backend, Promise<PopulatedStore>>()

async function populateStore(backend: Backend): Promise<PopulatedStore> {
  // It goes with the folder of all tests.
  const place = backend.place({ onTestFinished: () => {} })
  const store = await backend.open(place)
  const people = await populate(store)
  await store.close()
  return { place, people }
}

/** A store with the usual users and rooms, and short methods to use it. */
export class StoreFixture implements People {
  store: Store
  readonly owen: User
  readonly ada: User
  readonly anna: User
  readonly cai: User
  readonly bo: User
  readonly eve: User
  readonly #reopen: (between: () => void) => Promise<Store>

  private constructor(
    store: Store,
    { owen, ada, anna, cai, bo, eve }: People,
    reopen: (between: () => void) => Promise<Store>,
  ) {
    this.store = store
    this.owen = owen
    this.ada = ada
    this.anna = anna
    this.cai = cai
    this.bo = bo
    this.eve = eve
    this.#reopen = reopen
  }

  static async open(t: Cleanup, backend: Backend): Promise<StoreFixture> {
    const original = originals.get(backend) ?? populateStore(backend)
    originals.set(backend, original)
    const { place: populated, people } = await original
    const place = backend.copy(populated, t)
    let store = await backend.open(place)
    t.onTestFinished(() => store.close())
    return new StoreFixture(store, people, async (between) => {
      await store.close()
      between()
      store = await backend.open(place)
      return store
    })
  }

  /** @param between what happens to the data while they are closed */
  async reopen(between = () => {}): Promise<void> {
    this.store = await this.#reopen(between)
  }

  /** Turns a guest into a member, who owns the name. */
  async claim({ id, name }: User): Promise<void> {
    await this.store.accounts.setPassword({ userId: id, skeleton: name, hash: 'hash' })
  }

  create(by: User, room: Partial<NewRoom> = {}, sight: Partial<Viewer> = {}) {
    const { kind = 'public', address = `room ${randomUUID()}`, name = address } = room
    const usual = { kind, address, name, key: randomUUID(), topic: '', users: [], at: Date.now() }
    return this.store.rooms.create({ viewer: viewer(by, sight), ...usual, ...room })
  }

  moderate(
    by: User,
    content: ModerationAction,
    { key = randomUUID() as string, request, at = Date.now(), ...sight } = {} as ModerateOptions,
  ) {
    return this.store.moderation.moderate({
      ...content,
      viewer: viewer(by, sight),
      key,
      ...(request && { request }),
      at,
    })
  }

  /** @returns the id of the action */
  async moderateForId(by: User, content: ModerationAction): Promise<number> {
    const { action } = await this.moderate(by, content)
    if (action === undefined) throw new Error('The action has no audit record.')
    return action
  }

  undo(by: User, action: number, more: ModerateOptions = {}) {
    return this.moderate(by, { type: 'undo', action: action }, more)
  }

  /** The audit log as the owner sees it, newest first. */
  actions(): Promise<AuditRecord[]> {
    return this.store.moderation.auditLog(viewer(this.owen), {}, 1_000)
  }

  /** Runs an action to its end. @returns how many entries each piece made */
  async pieces(action: number): Promise<number[]> {
    const sizes: number[] = []
    for (;;) {
      const effects = await this.store.moderation.continueAction(action, Date.now())
      if (!effects) return sizes
      sizes.push(effects.length)
    }
  }

  write(user: User, room: string, content: Partial<EntryContent> & { data?: string } = {}, more: WriteOptions = {}) {
    const chat = { type: 'chat', data: 'hello' } as const
    return this.store.log.append({
      ...chat,
      ...content,
      room,
      user,
      key: randomUUID(),
      at: Date.now(),
      ...more,
    } as Parameters<Store['log']['append']>[0])
  }

  /** The membership of a user in a room. */
  async membership(user: User, room: string) {
    const membership = await this.store.rooms.membership(user.id, room)
    if (!membership) throw new Error('There is no such room.')
    return membership
  }

  /** The current texts of a room. */
  async texts(room: string): Promise<string[]> {
    return (await this.store.log.messages(room, {}, 1_000)).messages.map(({ data }) => data)
  }
}

interface ModerateOptions extends Partial<Omit<Viewer, 'user'>> {
  key?: string
  request?: string | undefined
  at?: number
}

interface WriteOptions {
  key?: string
  at?: number
  unverified?: boolean
  onlyInvited?: boolean
}
