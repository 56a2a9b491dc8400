import { computed, shallowRef, watch } from 'vue'
import type { RoomState } from '../room/room-state.ts'
import { isUnreadMention } from '../room/unread-counts.ts'
import { reachesBack } from './timeline-rows.ts'

interface MentionContext {
  room: () => RoomState
  /** Asks the server for the first mention after an id. Without an id there is none; undefined without an answer. */
  ask: (after: number) => Promise<{ id?: number | undefined } | undefined>
  goTo: (id: number) => void
}

/** Leads through the unread mentions of a room, from the first one on. */
export function useNextMention({ room, ask, goTo }: MentionContext) {
  /** The mentions that the user has gone to. The read mark does not pass unread messages that were skipped. */
  const visited = shallowRef<readonly number[]>([])
  let isAsking = false

  watch(
    () => room().read,
    (now, before) => {
      if (now < before) visited.value = []
    },
  )

  /** Where the page has everything from there on, it needs no answer. */
  function here(after: number): number | undefined {
    const state = room()
    return reachesBack(state, after)
      ? state.messages.find((message) => message.id > after && isUnreadMention(message, state))?.id
      : undefined
  }

  async function next() {
    if (isAsking) return
    isAsking = true
    const after = Math.max(room().read, ...visited.value)
    const known = here(after)
    const answer = known === undefined ? await ask(after) : { id: known }
    isAsking = false
    if (!answer) return
    const { id } = answer
    if (id !== undefined) {
      visited.value = [...visited.value, id]
      goTo(id)
    } else if (visited.value.length) {
      // After the last one comes the first again.
      visited.value = []
      await next()
    }
  }

  return {
    /** How many are left to go to. */
    mentionsLeft: computed(() => {
      const { mentions, read } = room()
      return Math.max(0, mentions - visited.value.filter((id) => id > read).length)
    }),
    next,
  }
}
