import '../../../static/css/signin.css'
import { deleteSnapshot } from '../session/delete-snapshot.ts'
import { endNotifications } from '../session/end-notifications.ts'
import { deleteStoredKeys, outboxDatabase } from '../session/storage-keys.ts'

const name = document.querySelector<HTMLInputElement>('#name')

// The name in the field is a suggestion: typing replaces it. The page may have focused it before this script ran.
name?.addEventListener('focus', () => name.select())
if (name === document.activeElement) name?.select()

// Users with a session do not see the form: the session has ended, perhaps without the page of the chat hearing of it.
if (document.querySelector('form[action="/signin"]')) {
  void deleteSnapshot()
  void endNotifications()
}

// A user who is in no room signs out from a page like this one, without the script of the chat.
document.querySelector('form[action="/signout"]')?.addEventListener('submit', () => {
  try {
    void endNotifications()
    deleteStoredKeys(localStorage)
    void deleteSnapshot()
    indexedDB.deleteDatabase(outboxDatabase)
  } catch {
    // Storage may be forbidden: then nothing is kept.
  }
})
