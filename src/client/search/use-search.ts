/** A search and what it has found so far. */
import { computed, shallowRef } from 'vue'
import type { ServerFrame } from '../../shared/protocol/frames.ts'
import type { Message } from '../../shared/protocol/types.ts'
import { locationTitle } from '../../shared/rooms.ts'
import { faultText } from '../../shared/search/fault-text.ts'
import { BadQuery, type Phrase, parseSearch } from '../../shared/search/query.ts'
import { useChat } from '../app/use-chat.ts'
import { useFullLanguage } from '../locale/language.ts'
import { useRequest } from '../ui/use-request.ts'

/** A query as it was submitted. The same words submitted again are another search. */
interface Search {
  query: string
  /** How many pages are loaded at once. */
  pages: number
}

interface FoundMessages {
  query: string
  messages: readonly Message[]
  /** What people call their rooms. */
  places: ReadonlyMap<string, string>
  /** The words that were found in the texts of files, by the ids of these. */
  excerpts: ReadonlyMap<string, string>
  cursor: number | undefined
  isIncomplete: boolean
  /** How many pages are loaded. */
  pages: number
}

type Found = Extract<ServerFrame, { type: 'found' }>
type Texts = ReturnType<typeof useFullLanguage>['t']

export function useSearch() {
  const chat = useChat()
  const { t } = useFullLanguage()
  const { isBusy, fault, attempt } = useRequest()
  const found = shallowRef<FoundMessages>()
  const phrases = computed<readonly Phrase[]>(() => (found.value ? parseSearch(found.value.query).phrases : []))

  /** The search that was submitted last. Answers to any other are dropped. */
  let newest: Search | undefined

  /** @returns whether it can be carried out */
  async function find(query: string, pages = 1): Promise<boolean> {
    try {
      parseSearch(query)
    } catch (error) {
      if (!(error instanceof BadQuery)) throw error
      fault.value = faultText(error.fault, t)
      return false
    }
    newest = { query, pages }
    found.value = undefined
    if (!isBusy.value) await askForNewest()
    return true
  }

  /** A search that is submitted meanwhile is asked for next. */
  async function askForNewest(): Promise<void> {
    for (let search: Search | undefined; search !== newest; ) {
      search = newest
      for (let page = 0; search && page < search.pages; page++) if (!(await load(search))) break
    }
  }

  async function more(): Promise<void> {
    const search = newest
    if (!search || isBusy.value) return
    await load(search)
    if (newest !== search) await askForNewest()
  }

  /** Loads the next page. @returns whether there may be another one */
  async function load(search: Search): Promise<boolean> {
    const { query } = search
    const cursor = found.value?.cursor
    const next = cursor === undefined ? {} : { cursor }
    const answer = await attempt(() => chat.ask({ type: 'search', query, ...next }))
    if (!answer || newest !== search) return false
    found.value = withPage(found.value, answer, t)
    return answer.cursor !== undefined
  }

  return { found, phrases, isBusy, fault, find, more }
}

function withPage(before: FoundMessages | undefined, answer: Found, t: Texts): FoundMessages {
  const { query, data, rooms, excerpts: texts = [], cursor, incomplete } = answer
  const places = new Map(before?.places)
  for (const room of rooms) places.set(room.room, locationTitle(room, t))
  const excerpts = new Map([...(before?.excerpts ?? []), ...texts.map(({ file, text }) => [file, text] as const)])
  const messages = [...(before?.messages ?? []), ...data]
  const pages = (before?.pages ?? 0) + 1
  return { query, messages, places, excerpts, cursor, isIncomplete: incomplete === true, pages }
}
