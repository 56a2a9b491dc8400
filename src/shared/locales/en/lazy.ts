/** Loaded with the dialogs, menus and other parts that the page fetches on demand. */
import { connection } from './connection.ts'
import { errors } from './errors.ts'
import { files } from './files.ts'
import { messages } from './messages.ts'
import { notificationSettings } from './notification-settings.ts'
import { people } from './people.ts'
import { rooms } from './rooms.ts'
import { search } from './search.ts'
import { settings } from './settings.ts'

export const lazy = {
  ...messages,
  ...rooms,
  ...people,
  ...settings,
  ...errors,
  ...files,
  ...search,
  ...notificationSettings,
  ...connection,
}
