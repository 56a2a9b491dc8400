/** The page when the server cannot be reached: the service worker's copy of it, with what this browser has kept. */
import { dayMs } from '../../shared/durations.ts'
import { locationOf, pathOf } from '../navigation/navigation.ts'
import type { RestoredPage } from '../room/initial-rooms.ts'
import { deleteSnapshot } from '../session/delete-snapshot.ts'
import { restoredPage, type Shell } from './snapshot.ts'
import { ownerId, SnapshotDatabase } from './snapshot-database.ts'
import { reloadWhenReachable } from './wait-for-server.ts'

/** A session that is not used ends after this time. */
const maxAgeMs = 30 * dayMs

/** @param start shows the page */
export async function openShell(shell: Shell, start: (page: RestoredPage) => Promise<void>): Promise<void> {
  const here = locationOf(location.pathname)
  if (!here) return location.replace('/')
  try {
    const page = await restored(shell, here.room)
    if (page) {
      const { room } = page.opened
      if (room !== here.room) history.replaceState(null, '', pathOf(room))
      return await start(page)
    }
  } catch (error) {
    console.warn('The kept messages could not be shown.', error)
    void deleteSnapshot()
  }
  const unreachable = document.querySelector<HTMLTemplateElement>('#unreachable')
  if (unreachable) document.querySelector('#app')?.replaceChildren(unreachable.content.cloneNode(true))
  reloadWhenReachable()
}

async function restored(shell: Shell, room: string): Promise<RestoredPage | undefined> {
  const user = ownerId()
  if (user === undefined) return undefined
  const snapshot = await new SnapshotDatabase(user).read({ user, build: shell.build })
  if (!snapshot) return undefined
  const { page, rooms } = snapshot
  if (page.at < Date.now() - maxAgeMs) return void (await deleteSnapshot())
  return restoredPage(shell, page, rooms, room)
}
