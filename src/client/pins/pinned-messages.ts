/** The pinned messages of a room. */
import { applyChange, type Change } from '../../shared/fold.ts'
import type { Entry, Message } from '../../shared/protocol/types.ts'
import type { RoomState } from '../room/room-state.ts'

/** A message that is pinned again comes after the others, so entries can be applied twice. */
export function withPin(state: RoomState, { ref, on }: Extract<Entry, { type: 'pin' }>): RoomState {
  const others = state.pins.filter((id) => id !== ref)
  return { ...state, pins: on ? [...others, ref] : others }
}

/** A deleted message loses its pin. */
export function withPinChange(state: RoomState, one: Change): RoomState {
  if (!state.pins.includes(one.ref) || one.type === 'react') return state
  if (one.type === 'delete') return { ...state, pins: state.pins.filter((id) => id !== one.ref) }
  return {
    ...state,
    pinned: state.pinned.map((message) => (message.id === one.ref ? applyChange(message, one) : message)),
  }
}

/** The message, if the page has it. */
export function pinnedMessage({ messages, pinned }: RoomState, id: number): Message | undefined {
  return messages.find((message) => message.id === id) ?? pinned.find((message) => message.id === id)
}
