import '../../../static/css/admin.css'

// A link that is shown once: marked as soon as it has the focus, it can be copied with one key.
const link = document.querySelector<HTMLInputElement>('#link')
link?.addEventListener('focus', () => link.select())
if (link === document.activeElement) link?.select()
