/** A search and what it has found so far. */
import { computed, ref, shallowRef } from 'vue'
import type { ServerFrame } from '../../shared/protocol/frames.ts'
import type { Message } from '../../shared/protocol/types.ts'
import { locationTitle } from '../../shared/rooms.ts'
import { faultText } from '../../shared/search/fault-text.ts'
import { BadQuery, type Phrase, parseSearch } from '../../shared/search/query.ts'
import { useChat } from '../app/use-chat.ts'
import { useFullLanguage } from '../locale/language.ts'
import { useRequest } from '../ui/use-request.ts'

/** What the search has found, to come back to. */
export interface FoundMessages {
  query: string
  messages: readonly Message[]
  /** What people call their rooms. */
  places: ReadonlyMap<string, string>
  /** The words that were found in the texts of files, by the ids of these. */
  excerpts: ReadonlyMap<string, string>
  cursor: number | undefined
  isIncomplete: boolean
}

type Found = Extract<ServerFrame, { type: 'found' }>

export function useSearch(again: FoundMessages | undefined) {
  const chat = useChat()
  const { t } = useFullLanguage()
  const { isBusy, fault, attempt } = useRequest()
  const found = shallowRef(again)
  const phrases = computed<readonly Phrase[]>(() => (found.value ? parseSearch(found.value.query).phrases : []))

  /** The newest one counts: an answer to another is dropped. */
  const asked = ref(again?.query ?? '')

  /** @returns whether it can be carried out */
  async function find(query: string): Promise<boolean> {
    try {
      parseSearch(query)
    } catch (error) {
      if (!(error instanceof BadQuery)) throw error
      fault.value = faultText(error.fault, t)
      return false
    }
    asked.value = query
    found.value = undefined
    if (!isBusy.value) await ask()
    return true
  }

  /** Until the newest is answered. */
  async function ask(): Promise<void> {
    for (let query: string | undefined; query !== asked.value; ) {
      query = asked.value
      const about = query
      const answer = await attempt(() => chat.ask({ type: 'search', query: about }))
      if (answer && asked.value === about) add(answer)
    }
  }

  async function more(): Promise<void> {
    const { query, cursor } = found.value ?? {}
    if (query === undefined || cursor === undefined) return
    const answer = await attempt(() => chat.ask({ type: 'search', query, cursor }))
    if (answer && found.value?.query === query) add(answer)
    if (asked.value !== query) await ask()
  }

  function add({ query, data, rooms, excerpts: texts = [], cursor, incomplete }: Found): void {
    const before = found.value
    const places = new Map(before?.places)
    for (const room of rooms) places.set(room.room, locationTitle(room, t))
    const excerpts = new Map([...(before?.excerpts ?? []), ...texts.map(({ file, text }) => [file, text] as const)])
    const messages = [...(before?.messages ?? []), ...data]
    found.value = { query, messages, places, excerpts, cursor, isIncomplete: incomplete === true }
  }

  return { found, phrases, isBusy, fault, find, more }
}
