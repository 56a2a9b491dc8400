import type { PageState } from '../../shared/page-state.ts'
import type { Chat } from '../app/chat.ts'
import { keepSnapshot } from './keep-snapshot.ts'
import { registerWorker } from './register-worker.ts'
import { SnapshotDatabase } from './snapshot-database.ts'

/** Keeps what a reload without the server needs. Without a service worker there is nothing that could show it. */
export async function prepareForOffline(chat: Chat, state: PageState): Promise<void> {
  if ('serviceWorker' in navigator) keepSnapshot(chat, state, new SnapshotDatabase(state.user.id))
  await registerWorker(state.build, document, navigator)
}
