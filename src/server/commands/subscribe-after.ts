import type { Commands } from '../../shared/protocol/commands.ts'
import type { Connection, Subscription } from '../chat/contract.ts'
import { refuseUnlessOpen, refuseUnlessStill, settle } from './access.ts'
import type { Services } from './contract.ts'

type Cursor = Pick<Commands['open'], 'room' | 'after' | 'at' | 'epoch'>

/**
 * Subscribes to a room of which what follows an entry is wanted, entry by entry. Nothing comes before the room follows the subscription.
 * @returns whether the log of the room has that entry: else the room is opened as by the command
 * @throws ChatError
 */
export async function subscribeAfter(
  { store, hub, limiter }: Services,
  from: Connection,
  { room: name, after, at, epoch }: Cursor,
): Promise<{ subscription: Subscription; isKnown: boolean }> {
  await refuseUnlessOpen({ store, hub, limiter }, from, name, after)
  const subscription = await hub.subscribe(name, from)
  await settle({ store, hub }, from, name)
  const isOfThisLog = epoch === undefined || epoch === store.epoch
  const isKnown = after === undefined || (isOfThisLog && (await subscription.room.has(after, at)))
  refuseUnlessStill(() => from.rooms.get(name) === subscription)
  return { subscription, isKnown }
}
