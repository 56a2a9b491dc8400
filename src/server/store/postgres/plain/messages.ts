/**
 * Messages that ask nothing but the usual are most of what is written. What their rules ask is read for the whole batch at once, and what
 * they store is stored at once: a statement for each of a hundred messages costs more than the hundred messages. The rules are the same:
 * they are given what was read. A rule that asks for anything else has changed nothing yet, and is carried out as all others are.
 */
import { ChatError } from '../../../../shared/protocol/errors.ts'
import type { Writes } from '../../calls.ts'
import { type AppendedRow, append, type NewEntryRow } from '../../rules/append.ts'
import type { Outcome, Write } from '../writes.ts'
import { Answers } from './answers.ts'
import { type Known, memberKey, type Plain, type Stored, targetKey } from './known.ts'

/**
 * Writes that may be carried out after messages which were given later: nobody who gave one has the answer to the other yet. A read mark
 * may unless it names an entry that is not there, which it would then read unseen, or the message is of the same user, whom the mark
 * may make a member.
 */
const passable: ReadonlySet<string> = new Set(['markRead', 'openRoom', 'noteSeen', 'probe'])

/** The messages of a batch that may be plain, those of each room in their order. */
export function plainMessagesIn(batch: readonly Write[]): Plain[] {
  const closed = new Set<string | undefined>()
  const marked = new Map<string, number>()
  const markedBy = new Set<string>()
  return batch.flatMap(({ call, route }, index) => {
    const entry = call.name === 'append' && !closed.has(route?.room) ? (call.values[0] as NewEntryRow) : undefined
    if (entry && mayBePlain(entry) && !markedBy.has(memberKey(entry.userId, entry.room)))
      return [{ index, entry, markedTo: marked.get(entry.room) ?? 0 }]
    if (call.name === 'markRead') noteMark(call.values as Parameters<Writes['markRead']>)
    if (!passable.has(call.name)) closed.add(route?.room)
    return []
  })

  function noteMark([user, room, id]: Parameters<Writes['markRead']>): void {
    marked.set(room, Math.max(id, marked.get(room) ?? 0))
    markedBy.add(memberKey(user, room))
  }
}

function mayBePlain({ type, files }: NewEntryRow): boolean {
  return type === 'chat' && files === null
}

/** @returns the outcomes of those that were plain, by their place in the batch, and what is to be stored of them */
export function carryOutPlain(
  plain: readonly Plain[],
  known: Known,
): { outcomes: Map<number, Outcome>; stored: Stored } {
  const outcomes = new Map<number, Outcome>()
  const stored: Stored = { entries: [], indexed: [], addressed: [] }
  const closed = new Set<string>()
  for (const one of plain) {
    const { room } = one.entry
    if (closed.has(room)) continue
    const isMarked = one.markedTo > (known.rooms.get(room)?.last ?? 0)
    const outcome = isMarked ? undefined : attempt(one, known, stored)
    if (outcome) outcomes.set(one.index, outcome)
    // What follows in the room follows in the log, too.
    else closed.add(room)
  }
  return { outcomes, stored }
}

/** @returns undefined when its rule asks for what is not known here */
function attempt({ index, entry }: Plain, known: Known, stored: Stored): Outcome | undefined {
  const room = known.rooms.get(entry.room)
  const place = known.places[0]
  if (!room || place === undefined) return undefined
  const key = `${entry.userId} ${entry.key}`
  if (known.keys.has(key)) return undefined
  const answers = new Answers({ index, entry, room, place, known })
  const rule = append(entry)
  try {
    let step = rule.next()
    while (!step.done) {
      const answer = answers.to(step.value)
      if (!answer) return undefined
      step = rule.next(answer.value)
    }
    return keep(step.value)
  } catch (error) {
    if (error instanceof ChatError) return { error }
    throw error
  }

  function keep(value: AppendedRow): Outcome | undefined {
    const { row, words, addressed } = answers
    if (!row || words === undefined || !room) return undefined
    known.places.shift()
    known.keys.add(key)
    known.targets.set(targetKey(row.room_id, row.id), { userId: row.user_id, data: row.data, files: null, deleted: 0 })
    room.last = row.id
    stored.entries.push(row)
    stored.indexed.push({ place: row.place, words })
    stored.addressed.push(...addressed)
    return { value }
  }
}
