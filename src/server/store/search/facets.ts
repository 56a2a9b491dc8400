/** Words of the index that no text has: what a message is, beside what it says. */
const mark = '¤'

export const facets = {
  room: (id: number) => `${mark}r${id}`,
  user: (id: number) => `${mark}u${id}`,
  /** 0 for everybody in the room. */
  mentioned: (id: number) => `${mark}m${id}`,
  file: `${mark}f`,
  link: `${mark}l`,
}
