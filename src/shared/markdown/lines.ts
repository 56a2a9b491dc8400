/** Lines as CommonMark sees them: what is indentation, and what a tab stands for. */

/** CommonMark, 2.2. */
const tabStop = 4

export function isBlank(line = ''): boolean {
  return line.trim() === ''
}

/** How many columns of white space begin `line`. */
export function indentOf(line: string): number {
  let columns = 0
  for (const character of line) {
    if (character === ' ') columns++
    else if (character === '\t') columns += tabStop - (columns % tabStop)
    else break
  }
  return columns
}

/** `line` without up to `columns` columns of white space. What remains of a tab becomes spaces. */
export function dedent(line: string, columns: number): string {
  let at = 0
  let column = 0
  while (column < columns && (line[at] === ' ' || line[at] === '\t')) {
    column += line[at] === ' ' ? 1 : tabStop - (column % tabStop)
    at++
  }
  return ' '.repeat(Math.max(0, column - columns)) + line.slice(at)
}

/** `line` with spaces in place of its first `length` characters, so that the columns of what follows stay the same. */
export function blanked(line: string, length: number): string {
  return ' '.repeat(length) + line.slice(length)
}

/** Without spaces and tabs at the end. A pattern would take quadratic time. */
export function trimmedEnd(text: string): string {
  let end = text.length
  while (text[end - 1] === ' ' || text[end - 1] === '\t') end--
  return text.slice(0, end)
}

/** The index of the first line from `from` that `is`, or the number of lines. */
export function firstFrom(lines: readonly string[], from: number, is: (line: string) => boolean): number {
  let at = from
  while (at < lines.length && !is(lines[at] ?? '')) at++
  return at
}
