/** The users online in a room, those who joined and left, and those who type. */
import type { Opened, PresenceFrame } from '../../shared/protocol/frames.ts'
import type { User } from '../../shared/protocol/types.ts'
import type { ChangeNotice, Notice, PresenceNotice, RoomState } from './room-state.ts'

/** How long a user is shown as typing after their last `typing` frame. */
export const typingMs = 5_000

/** A user who is back within this time had a bad connection: that is not shown. */
const flickerMs = 30_000

const maxNotices = 200

/** After a reconnect only the users online are known, not those who came and went. */
export function withPeople(state: RoomState, { list, online }: Opened, now: number): RoomState {
  const here = new Set(list.map(({ id }) => id))
  const gone = state.people.filter(({ id }) => !here.has(id)).map(({ id }) => ({ id, at: now }))
  const isBack = ({ type, user, at }: Notice) => type === 'left' && here.has(user.id) && now - at < flickerMs
  return {
    ...state,
    people: list,
    online,
    missed: [...state.missed.filter(({ at }) => now - at < flickerMs), ...gone],
    notices: state.notices.filter((notice) => !isBack(notice)),
  }
}

export function presence(
  state: RoomState,
  { type, user, online }: Extract<PresenceFrame, { type: 'join' | 'left' }>,
  now: number,
): RoomState {
  const others = state.people.filter(({ id }) => id !== user.id)
  const isHere = others.length < state.people.length
  const next = { ...state, online, people: type === 'left' ? others : isHere ? state.people : [...others, user] }
  if (isHere === (type === 'join') || isBackFromMissing(state, type, user, now)) return next
  return { ...next, notices: noticed(state, type, user, now) }
}

/** The `left` that follows says nothing new. */
export function banned(state: RoomState, user: User, at: number): RoomState {
  const people = state.people.filter(({ id }) => id !== user.id)
  return { ...state, people, notices: withNotice(state, { type: 'banned', user, after: state.last, at }) }
}

function isBackFromMissing({ missed }: RoomState, type: PresenceNotice['type'], user: User, now: number): boolean {
  return type === 'join' && missed.some(({ id, at }) => id === user.id && now - at < flickerMs)
}

function noticed(state: RoomState, type: PresenceNotice['type'], user: User, at: number): readonly Notice[] {
  const previous = state.notices.findLast((notice) => notice.type !== 'change' && notice.user.id === user.id)
  if (type === 'join' && previous?.type === 'left' && at - previous.at < flickerMs) {
    return state.notices.filter((notice) => notice !== previous)
  }
  return withNotice(state, { type, user, after: state.last, at })
}

export function withNotice(
  { notices }: RoomState,
  notice: Omit<PresenceNotice, 'serial'> | Omit<ChangeNotice, 'serial'>,
): readonly Notice[] {
  const serial = (notices.at(-1)?.serial ?? 0) + 1
  return [...notices, { ...notice, serial }].slice(-maxNotices)
}

export function typing(state: RoomState, user: User, now: number): RoomState {
  if (state.blocked.has(user.id)) return state
  const others = state.typing.filter((one) => one.user.id !== user.id)
  return { ...state, typing: [...others, { user, until: now + typingMs }] }
}
