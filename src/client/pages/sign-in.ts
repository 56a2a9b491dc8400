import '../../../static/css/signin.css'

const name = document.querySelector<HTMLInputElement>('#name')

// The name in the field is a suggestion: typing replaces it. The page may have focused it before this script ran.
name?.addEventListener('focus', () => name.select())
if (name === document.activeElement) name?.select()

// On the page of a user who is in no room. What `user-data.ts` deletes, which would bring the whole script of the chat.
document.querySelector('form[action="/signout"]')?.addEventListener('submit', () => {
  try {
    const kept = Object.keys(localStorage).filter((key) => key.startsWith('teahouse-') && key !== 'teahouse-settings')
    for (const key of kept) localStorage.removeItem(key)
    indexedDB.deleteDatabase('teahouse')
  } catch {
    // Storage may be forbidden: then nothing is kept.
  }
})
