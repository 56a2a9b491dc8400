/** A server on which anything happens, step by step, and nothing is ever set back: for tests that compare what is found on it. */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { dayMs, forever, hourMs, minuteMs } from '../../src/shared/durations.ts'
import type { Message, User } from '../../src/shared/protocol/types.ts'
import { indexTexts, uploadedText } from '../support/file-texts.ts'
import { den, tea } from '../support/server/populate.ts'
import { ban, type StoreFixture } from './fixture.ts'

export const words = ['tea', 'green', 'teapot', 'Größe', '上海', '海', '茶', 'été', 'x'] as const
const firstDay = Date.parse('2026-01-01T12:00:00Z')
const maxHoursBetween = 16
/** Two clocks differ by twice as much at most. */
const maxMinutesWrong = 30
const maxRooms = 14
const changesAfterIndexing = 8

/** The same numbers for the same seed (mulberry32). */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** Below that. */
  number(max: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * max)
  }

  /** Of a hundred times. */
  happens(times: number): boolean {
    return this.number(100) < times
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.number(items.length)] as Item
  }

  some(min: number, max: number): string {
    return Array.from({ length: min + this.number(max - min + 1) }, () => this.one(words)).join(' ')
  }
}

export class GeneratedServer {
  readonly fixture: StoreFixture
  readonly chance: Chance
  readonly people: readonly User[]
  /** Their addresses. */
  readonly rooms = [tea, den, 'lobby']
  /** By the ids of files. */
  readonly texts = new Map<string, string>()
  readonly #actions: number[] = []
  #now = firstDay

  constructor(fixture: StoreFixture, chance: Chance) {
    const { owen, ada, anna, cai, bo, eve } = fixture
    this.fixture = fixture
    this.chance = chance
    this.people = [owen, ada, anna, cai, bo, eve]
  }

  /** One on which something was written, or the one before or after. */
  someDay(): string {
    const days = Math.ceil((this.#now - firstDay) / dayMs)
    return new Date(firstDay + (this.chance.number(days + 3) - 1) * dayMs).toISOString().slice(0, 10)
  }

  /** Carries out so many, and some changes of messages after the texts of files are indexed. */
  async steps(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.#attempt(() => this.#step())
    await indexTexts(this.fixture.store, this.texts)
    for (let i = 0; i < changesAfterIndexing; i++) await this.#attempt(() => this.#change(this.chance.one(this.rooms)))
  }

  /** What is refused changes nothing. */
  async #attempt(step: () => Promise<unknown>): Promise<void> {
    try {
      await step()
    } catch (error) {
      // Of what is not allowed, and nothing else.
      expect(error).toHaveProperty('code')
    }
  }

  messages(room: string): Promise<Message[]> {
    return this.fixture.store.log.messages(room, {}, 1_000).then((page) => page.messages)
  }

  async #step(): Promise<unknown> {
    const { chance } = this
    const [by, room] = [chance.one(this.people), chance.one(this.rooms)]
    const kind = chance.number(100)
    if (kind < 45) return await this.#write(by, room)
    if (kind < 65) return await this.#change(room)
    if (kind < 68) return await this.#create(by)
    return await this.#moderate(by, room)
  }

  async #write(by: User, room: string): Promise<unknown> {
    const { chance, fixture } = this
    const files: string[] = []
    for (let left = chance.happens(15) ? 1 + chance.number(2) : 0; left > 0; left--) {
      const id = await uploadedText(fixture.store, this.texts.size + 1, by, room)
      this.texts.set(id, chance.some(1, 6))
      files.push(id)
    }
    const mention = chance.happens(15) ? ` @${chance.one(this.people).name}` : ''
    const link = chance.happens(10) ? ' https://tea.example/' : ''
    const data = files.length && chance.happens(50) ? '' : `${chance.some(1, 5)}${mention}${link}`
    const content = { data, ...(files.length && { files }) }
    this.#now += chance.number(maxHoursBetween) * hourMs
    const minutesWrong = chance.number(2 * maxMinutesWrong + 1) - maxMinutesWrong
    return await fixture.write(by, room, content, { at: this.#now + minutesWrong * minuteMs })
  }

  async #change(room: string): Promise<void> {
    const { chance, fixture } = this
    const messages = await this.messages(room)
    const withFiles = messages.filter(({ files }) => files)
    const message = chance.one(withFiles.length && chance.happens(50) ? withFiles : messages)
    if (!message) return
    const by = chance.happens(60) ? message.user : chance.one(this.people)
    const ref = message.id
    if (chance.happens(50)) {
      const isWithout = message.files !== undefined && chance.happens(50)
      const data = chance.some(1, 5)
      await fixture.write(by, room, { type: 'edit', ref, data, ...(isWithout && { files: [] }) })
      return
    }
    const { action } = await fixture.write(by, room, { type: 'delete', ref })
    if (action !== undefined) this.#actions.push(action)
  }

  async #create(by: User): Promise<void> {
    const { chance, fixture, rooms } = this
    if (rooms.length >= maxRooms) return
    const kind = chance.one(['public', 'private', 'direct'] as const)
    const users = this.people.filter((user) => user !== by && chance.happens(40)).map(({ id }) => id)
    const address = `${kind === 'public' ? '' : '~'}room-${rooms.length}`
    const named = kind === 'direct' ? '' : `Room ${rooms.length}`
    const { room } = await fixture.create(by, { kind, address, name: named, users, key: randomUUID() })
    // A conversation of the same people is the same room again.
    if (!rooms.includes(room)) rooms.push(room)
  }

  async #moderate(by: User, room: string): Promise<void> {
    const { chance, fixture } = this
    const { id: user } = chance.one(this.people)
    const type = chance.one([
      'kick',
      'ban',
      'unban',
      'unban',
      'leave',
      'add',
      'accept',
      'block',
      'unblock',
      'purge',
      'undo',
      'undo',
      'join',
    ])
    if (type === 'join') return void (await fixture.store.rooms.join(by.id, chance.one([tea, 'lobby'])))
    const content = this.#contentOf(type, room, user)
    const { action } = await fixture.moderate(by, content)
    if (action === undefined) return
    this.#actions.push(action)
    await fixture.pieces(action)
  }

  #contentOf(type: string, room: string, user: number): Parameters<StoreFixture['moderate']>[1] {
    switch (type) {
      case 'ban':
      case 'unban': {
        const where = this.chance.happens(30) ? undefined : room
        return { ...ban(where, this.fixture.bo), user, until: type === 'ban' ? forever : 0 }
      }
      case 'block':
      case 'unblock':
        return { type: 'block', user, isOn: type === 'block' }
      case 'leave':
      case 'accept':
        return { type, room }
      case 'add':
        return { type: 'add', room, users: [user] }
      case 'purge':
        return { type: 'purge', user }
      case 'undo':
        return { type: 'undo', action: this.#actions.pop() ?? 0 }
      default:
        return { type: 'kick', room, user }
    }
  }
}
