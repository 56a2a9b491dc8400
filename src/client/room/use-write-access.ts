/** Whether the user can write in a room, now and as time passes. */
import { type ComputedRef, computed, type Ref, ref, watchEffect } from 'vue'
import type { ConnectionState } from '../../../clients/js/src/connection.ts'
import { secondMs } from '../../shared/durations.ts'
import { closeCodes } from '../../shared/protocol/close-codes.ts'
import { type Viewer, type WriteBlock, writeBlockIn } from './access.ts'
import type { RoomState } from './room-state.ts'

interface Access {
  viewer: Readonly<Ref<Viewer>>
  connection: Readonly<Ref<ConnectionState>>
}

export interface WriteAccess {
  /** Why the user cannot write, if so. */
  readonly writeBlock: ComputedRef<WriteBlock | undefined>
  /** The time for which `writeBlock` holds. */
  readonly checkedAt: ComputedRef<number>
  /** The user can change nothing either, except that they delete their own messages. Slow mode delays new messages only. */
  readonly isWriteBlocked: ComputedRef<boolean>
  /** A draft can be written while the block ends by itself, and not where the user can never write. */
  readonly isClosed: ComputedRef<boolean>
}

/** It comes before what else keeps the user from writing. */
const banned: WriteBlock = { type: 'banned' }

export function useWriteAccess(room: () => RoomState, { viewer, connection }: Access): WriteAccess {
  const now = ref(Date.now())
  /** The page of a banned user stays, and must keep nothing more in this browser. */
  const isBanned = computed(() => connection.value.state === 'ended' && connection.value.code === closeCodes.banned)
  /** The last tick may be older than the message or the mute that blocks. */
  const checked = computed(() => {
    const at = Math.max(now.value, Date.now())
    return { at, writeBlock: isBanned.value ? banned : writeBlockIn(room(), viewer.value, at) }
  })
  const writeBlock = computed(() => checked.value.writeBlock)
  // The clock runs only while there is a block that ends by itself.
  watchEffect((onCleanup) => {
    if (!writeBlock.value || !('until' in writeBlock.value)) return
    const timer = setInterval(() => (now.value = Date.now()), secondMs)
    onCleanup(() => clearInterval(timer))
  })
  return {
    writeBlock,
    checkedAt: computed(() => checked.value.at),
    isWriteBlocked: computed(() => writeBlock.value !== undefined && writeBlock.value.type !== 'slow'),
    isClosed: computed(() => writeBlock.value !== undefined && !('until' in writeBlock.value)),
  }
}
