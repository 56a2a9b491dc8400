/** The names under which this browser keeps data for the page. */

const prefix = 'teahouse-'

export const storageKeys = {
  settings: 'teahouse-settings',
  /** The id of the user whose data these are. */
  owner: 'teahouse-user',
  recentEmoji: 'teahouse-emoji',
  /** In `sessionStorage`. */
  tab: 'teahouse-tab',
} as const

/** These are kept with the data of the user: not among the keys that the page needs at once. */
export const recentSearchesKey = 'teahouse-searches'
/** Id of the user who has turned on pushes here, and after a space the endpoint of the session’s subscription. */
export const pushKey = 'teahouse-push'

const draftPrefix = 'teahouse-draft-'

/** The IndexedDB database of the outbox. */
export const outboxDatabase = 'teahouse'

/** The IndexedDB database of the messages that are shown when the server cannot be reached. */
export const snapshotDatabase: string = 'teahouse-snapshot'

/** The IndexedDB database of files that are not sent yet. */
export const uploadDatabase = 'teahouse-uploads'

/** The cache in which `static/sw.js` reads to whom pushes go. */
export const receiverCache = 'teahouse-receiver'

/** The cache of what another program has shared, which `static/sw.js` fills. */
export const sharedCache = 'teahouse-shared'

export const draftKey = (user: number, room: string) => `${draftPrefix}${user}-${room}`

export const isDraft = (key: string) => key.startsWith(draftPrefix)

export const isDraftOf = (user: number, key: string) => key.startsWith(draftKey(user, ''))

/** Deletes what is the user's. How the device is set up (`settings.ts`) is not theirs alone, and stays. */
export function deleteStoredKeys(from: Storage, isToGo: (key: string) => boolean = () => true): void {
  const keys = Object.keys(from).filter((key) => key.startsWith(prefix) && key !== storageKeys.settings)
  for (const key of keys) if (isToGo(key)) from.removeItem(key)
}
