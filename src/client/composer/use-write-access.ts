/** What the user can do in the composer, by what prevents writing in the room. `WriteBlockedNotice.vue` shows the reason. */
import { computed, type Ref, shallowRef } from 'vue'
import { closeCodes } from '../../shared/protocol/close-codes.ts'
import type { ConnectionState } from '../connection/connection.ts'
import type { WriteBlock } from '../room/access.ts'
import type { RoomState } from '../room/room-state.ts'

/** @param isEdit whether the composer holds an edit, not a new message */
export function useWriteAccess(room: () => RoomState, isEdit: Ref<boolean>, connection: Ref<ConnectionState>) {
  /** Undefined until the notice is loaded. The server then refuses what is not allowed. */
  const writeBlock = shallowRef<WriteBlock>()
  /** The page of a banned user stays, and must keep nothing more in this browser. */
  const isBanned = computed(() => connection.value.state === 'ended' && connection.value.code === closeCodes.banned)
  /** Slow mode delays new messages, not edits. */
  const isWriteBlocked = computed(
    () => isBanned.value || (writeBlock.value !== undefined && writeBlock.value.type !== 'slow'),
  )
  return {
    writeBlock,
    isWriteBlocked,
    cannotSend: computed(() => isWriteBlocked.value || (writeBlock.value !== undefined && !isEdit.value)),
    /** A draft can be written while the block ends by itself, and not where the user can never write. */
    isClosed: computed(() => isBanned.value || (writeBlock.value !== undefined && !('until' in writeBlock.value))),
    /** Whether anything about the room may prevent writing. In most rooms nothing does, and the notice is not loaded. */
    mayBeBlocked: computed(() => {
      const { archived, readOnly, slowMs, mutedUntil } = room()
      return archived || readOnly || slowMs > 0 || mutedUntil > 0
    }),
  }
}
