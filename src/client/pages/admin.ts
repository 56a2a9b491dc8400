import '../../../static/css/admin.css'

// A link that is shown once: marked as soon as it has the focus, it can be copied with one key.
const link = document.querySelector<HTMLInputElement>('#link')
link?.addEventListener('focus', () => link.select())
if (link === document.activeElement) link?.select()

// Few who come here choose a picture.
const pictures = document.querySelector<HTMLFormElement>('.picture-form')
if (pictures) void import('./crop.ts').then(({ offerCrop }) => offerCrop(pictures))
