/** RFC 6266: the name in ASCII for old programs, and as it is (RFC 8187). */
export function contentDisposition(disposition: 'inline' | 'attachment', name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]/gu, '_').replace(/["\\%]/g, '_')
  const isPlain = ascii === name
  return `${disposition}; filename="${ascii}"${isPlain ? '' : `; filename*=UTF-8''${encode(name)}`}`
}

function encode(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
