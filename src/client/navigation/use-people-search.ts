import { computed, onUnmounted, type Ref, shallowRef, watch } from 'vue'
import { CommandError } from '../../../clients/js/src/pending-commands.ts'
import type { User } from '../../shared/protocol/types.ts'
import { usePage } from '../app/page.ts'
import { useChat } from '../app/use-chat.ts'
import { matchingPeople, mergeFound } from '../people/people-choices.ts'

const askAfterMs = 150
const maxPeople = 8

/** The people whom a typed name may mean and with whom the user has no conversation yet. Nobody while nothing is typed. */
export function usePeopleSearch(typed: Readonly<Ref<string>>): Readonly<Ref<readonly User[]>> {
  const chat = useChat()
  const page = usePage()
  const found = shallowRef<readonly User[]>([])
  const mayBegin = chat.canBeginConversations

  let timer: ReturnType<typeof setTimeout> | undefined
  onUnmounted(() => clearTimeout(timer))
  watch(typed, (name) => {
    clearTimeout(timer)
    if (name.trim() && mayBegin) timer = setTimeout(() => search(name.trim()), askAfterMs)
  })

  async function search(name: string) {
    try {
      const { data } = await chat.ask({ type: 'users', data: name })
      found.value = mergeFound(found.value, data)
    } catch (error) {
      // The rooms and the people who are already known can still be chosen; the next letter asks again.
      if (!(error instanceof CommandError)) throw error
    }
  }

  return computed(() => {
    if (!typed.value.trim() || !mayBegin) return []
    const rooms = [...chat.rooms.values()]
    const known = rooms.filter(({ kind, others }) => kind === 'direct' && others.length === 1)
    const without = [chat.user.id, ...known.flatMap(({ others }) => others.map(({ id }) => id))]
    const near = chat.rooms.get(page.here.value)?.people ?? []
    return matchingPeople(mergeFound(near, found.value), typed.value, without).slice(0, maxPeople)
  })
}
