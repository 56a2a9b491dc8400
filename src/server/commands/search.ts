import { limits } from '../../shared/protocol/limits.ts'
import { parseSearch, type SearchQuery } from '../../shared/search/query.ts'
import type { FoundPage, SearchCursor } from '../store/store.ts'
import { refuseUnlessSeen, whileAccessStays } from './access.ts'
import type { Handlers, Services } from './contract.ts'

/** Looks for one answer, each of which is read in its turn: then an empty page says how to go on. */
const maxLooks = 10

type Reader = Parameters<Services['reads']['read']>[0]

export const search: Handlers['search'] = async (services, from, { query: text, room, cursor, limit }) => {
  const query = parseSearch(text)
  if (room !== undefined) refuseUnlessSeen(await services.store.rooms.membership(from.user.id, room), from)
  const place = { room, before: cursor, limit: limit ?? limits.messagesPerPage }
  const page = await whileAccessStays(from, () => findMessages(services, from, query, place))
  const { messages, rooms, excerpts, next, isIncomplete } = page
  from.reply({
    type: 'found',
    query: text,
    ...(room !== undefined && { room }),
    data: messages,
    rooms,
    ...(excerpts.length > 0 && { excerpts }),
    more: next !== undefined,
    ...(next !== undefined && { cursor: next }),
    ...(isIncomplete && { incomplete: true }),
  })
}

/** A page of what a query finds: goes on as long as nothing is found, but not for ever. */
export async function findMessages(
  { store, reads }: Pick<Services, 'store' | 'reads'>,
  reader: Reader,
  query: SearchQuery,
  place: SearchCursor,
): Promise<FoundPage> {
  let { before } = place
  for (let looks = 1; ; looks++) {
    const page = await reads.read(reader, (meter) =>
      store.search.find(reader.session, query, { ...place, before }, meter),
    )
    if (page.messages.length || page.next === undefined || looks === maxLooks) return page
    before = page.next
  }
}
