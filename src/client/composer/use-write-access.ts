/** What follows from what is in the way of writing in a room, of which `CannotWrite.vue` tells. */
import { computed, type Ref, shallowRef } from 'vue'
import type { WriteBlock } from '../room/access.ts'
import type { RoomState } from '../room/room-state.ts'

/** @param isEdit whether what would be sent is a change */
export function useWriteAccess(room: () => RoomState, isEdit: Ref<boolean>) {
  /** Before that is known, the server refuses what may not be. */
  const writeBlock = shallowRef<WriteBlock>()
  /** A slow room holds back what is said, and no change of it. */
  const isWriteBlocked = computed(() => writeBlock.value !== undefined && writeBlock.value.type !== 'slow')
  return {
    writeBlock,
    isWriteBlocked,
    cannotSend: computed(() => isWriteBlocked.value || (writeBlock.value !== undefined && !isEdit.value)),
    /** What cannot be sent for a while is written meanwhile; where nothing ever can be, nothing more is. */
    isClosed: computed(() => writeBlock.value !== undefined && !('until' in writeBlock.value)),
    /** Whether there is anything about the room that could be in the way: of most there is nothing, and nothing is fetched. */
    mayBeBlocked: computed(() => {
      const { archived, readOnly, slowMs, mutedUntil } = room()
      return archived || readOnly || slowMs > 0 || mutedUntil > 0
    }),
  }
}
