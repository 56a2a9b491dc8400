/** The room that is shown, and what messages and their menus do in it. `RoomView.vue` provides it. */
import { type ComputedRef, type InjectionKey, inject } from 'vue'
import type { Message } from '../../shared/protocol/types.ts'
import type { RoomState } from './room-state.ts'
import type { WriteAccess } from './use-write-access.ts'

export interface RoomView extends WriteAccess {
  readonly room: ComputedRef<RoomState>
  /** The message whose menu is open. */
  readonly menuMessageId: ComputedRef<number | undefined>
  reply(message: Message): void
  edit(message: Message): void
  markUnread(message: Message): void
  /** Brings a message of the room into sight. */
  jumpTo(id: number): void
  /** @param anchor the button that opens it; none for a touch */
  openMenu(message: Message, anchor?: HTMLElement): void
}

export const roomViewKey: InjectionKey<RoomView> = Symbol('room view')

export function useRoomView(): RoomView {
  const view = inject(roomViewKey)
  if (!view) throw new Error('No room view is provided.')
  return view
}
