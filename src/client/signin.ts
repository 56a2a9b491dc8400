import '../../static/css/signin.css'

const name = document.querySelector<HTMLInputElement>('#name')

// The name in the field is a suggestion: typing replaces it. The page may have focused it before this script ran.
name?.addEventListener('focus', () => name.select())
if (name === document.activeElement) name?.select()
