/** What another program shares, as a message: `share_target` of the manifest. */

export interface SharedFields {
  title: string
  text: string
  url: string
}

/** Each line once: programs often put the address into the text, or the text into the title. */
export function sharedText({ title, text, url }: SharedFields): string {
  const lines: string[] = []
  for (const part of [text, title, url].map((one) => one.replaceAll('\r\n', '\n').trim()))
    if (part && !lines.some((line) => line.includes(part))) lines.push(part)
  // The title is a heading, although the text may have made it needless.
  const [first = '', second] = lines
  return second !== undefined && second === title.trim()
    ? [second, first, ...lines.slice(2)].join('\n')
    : lines.join('\n')
}
