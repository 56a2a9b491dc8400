import type { RoomLevel, User } from '../../../shared/protocol/types.ts'
import type { Viewer } from '../contracts/accounts.ts'
import type { Meter } from '../contracts/metering.ts'
import type { NewRoom, RoomStore, UnreadRoom } from '../contracts/rooms.ts'
import type { Driver } from '../driver.ts'

export class Rooms implements RoomStore {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  exists(address: string) {
    return this.#driver.lookUp('hasRoom', address)
  }

  open(address: string, at: number, by?: User) {
    return this.#driver.write('openRoom', address, at, by?.id ?? null)
  }

  create(room: NewRoom) {
    return this.#driver.write('createRoom', room)
  }

  membership(userId: number, room: string) {
    return this.#driver.lookUp('membership', userId, room)
  }

  join(userId: number, room: string, isVerified = true) {
    return this.#driver.write('joinRoom', userId, room, Date.now(), isVerified)
  }

  members(room: string, page: Parameters<RoomStore['members']>[1], meter?: Meter) {
    return this.#driver.read(meter, 'members', room, page)
  }

  list(viewer: Viewer, meter?: Meter) {
    return this.#driver.read(meter, 'rooms', viewer)
  }

  listAll() {
    return this.#driver.read(undefined, 'allRooms')
  }

  listCalled(name: string) {
    return this.#driver.lookUp('roomsCalled', name)
  }

  summary(viewer: Viewer, room: string, meter?: Meter) {
    return this.#driver.read(meter, 'roomSummary', viewer, room)
  }

  markRead(user: User, room: string, id: number, isVerified = true) {
    return this.#driver.write('markRead', user.id, room, id, isVerified)
  }

  unreadRooms(viewer: Viewer, rooms?: readonly string[], meter?: Meter) {
    return this.#driver.read(meter, 'unreadRooms', viewer, rooms)
  }

  markAllRead(user: User, rooms: readonly UnreadRoom[], isVerified = true) {
    return this.#driver.write('markAllRead', user.id, rooms, isVerified)
  }

  markUnread(user: User, room: string, id: number, isVerified = true) {
    return this.#driver.write('markUnread', user.id, room, id, isVerified)
  }

  setNotificationLevel(user: User, room: string, level: RoomLevel, isVerified = true) {
    return this.#driver.write('setNotificationLevel', user.id, room, level, isVerified)
  }

  readMark(user: User, room: string) {
    return this.#driver.lookUp('readMark', user.id, room)
  }
}
