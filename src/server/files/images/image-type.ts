export type ImageType = 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp' | 'image/avif' | 'image/heic'

/** How many of the first bytes decide. */
export const typeBytes = 64

/** @param head the first `typeBytes` of the file @returns undefined for what is none of these */
export function imageTypeOf(head: Buffer): ImageType | undefined {
  const text = head.toString('latin1')
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (/^GIF8[79]a/.test(text)) return 'image/gif'
  if (/^RIFF[\s\S]{4}WEBP/.test(text)) return 'image/webp'
  if (text.slice(4, 8) === 'ftyp') return heifTypeOf(head)
  return undefined
}

/** By the brands: the major one, a version, and those that it is compatible with. */
function heifTypeOf(head: Buffer): ImageType | undefined {
  const size = head.length >= 4 ? head.readUInt32BE() : 0
  const text = head.toString('latin1', 8, Math.min(size, head.length))
  const brands = text.match(/[\s\S]{4}/g) ?? []
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'image/avif'
  const isHeic = brands.some((brand) => /^(mif1|msf1|hei[cxms]|hev[cxms])$/.test(brand))
  return isHeic ? 'image/heic' : undefined
}
