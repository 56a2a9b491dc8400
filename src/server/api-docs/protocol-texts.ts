/** Reads what docs/protocol.md says of each command, frame and object, so that no text is written twice. */

/** A row of a table. `meaning` is CommonMark, perhaps empty. */
export interface Field {
  type: string
  meaning: string
}

export interface Section {
  /** The paragraphs, in CommonMark. */
  description: string
  examples: unknown[]
  fields: ReadonlyMap<string, Field>
}

export interface Row {
  name: string
  /** The other cells of the row, in CommonMark. */
  cells: string[]
}

export interface ProtocolTexts {
  /** The first sentence of the document. */
  introduction: string
  commands: ReadonlyMap<string, Section>
  frames: ReadonlyMap<string, Section>
  objects: ReadonlyMap<string, Section>
  /** Further sections by their headings: paragraphs, lists and tables in CommonMark. */
  section(heading: string): string
  /** The rows of the first table under a heading. */
  rows(heading: string): Row[]
}

/** @param document docs/protocol.md */
export function readProtocol(document: string): ProtocolTexts {
  const section = (heading: string) => under(document, heading)
  return {
    introduction: /^[^.]+\./.exec(document.split('\n\n')[1] ?? '')?.[0].replaceAll('\n', ' ') ?? '',
    commands: sectionsIn(section('### Commands')),
    frames: sectionsIn(section('### Server frames')),
    objects: sectionsIn(section('### Objects')),
    section: (heading) => withoutAnchors(section(heading)),
    rows: (heading) => rowsOf(section(heading)),
  }
}

/** The text between a heading and the next one of its level or above. @throws Error when there is no such heading */
function under(document: string, heading: string): string {
  const start = document.indexOf(`\n${heading}\n`)
  if (start < 0) throw new Error(`docs/protocol.md has no heading "${heading}".`)
  const rest = document.slice(start + heading.length + 2)
  const level = heading.indexOf(' ')
  const end = rest.search(new RegExp(`^#{2,${level}} `, 'm'))
  return (end < 0 ? rest : rest.slice(0, end)).trim()
}

/** The parts under the headings of the fourth level, by heading. */
function sectionsIn(text: string): Map<string, Section> {
  const parts = `\n${text}`.split('\n#### ').slice(1)
  return new Map(
    parts.map((part) => {
      const end = part.indexOf('\n')
      return [part.slice(0, end).replaceAll('`', ''), sectionOf(part.slice(end))]
    }),
  )
}

function sectionOf(text: string): Section {
  const blocks = text.trim().split('\n\n')
  const paragraphs = blocks.filter((block) => !/^(```|\|)/.test(block)).map((block) => block.replaceAll('\n', ' '))
  return {
    description: withoutAnchors(paragraphs.join('\n\n')),
    examples: blocks.filter((block) => block.startsWith('```json')).flatMap(examplesIn),
    fields: new Map(rowsOf(text).flatMap(fieldsOf)),
  }
}

function examplesIn(fence: string): unknown[] {
  const lines = fence.split('\n').slice(1, -1)
  return lines.map((line) => JSON.parse(line))
}

/** A row may describe several fields. */
function fieldsOf({ name, cells: [type = '', meaning = ''] }: Row): [string, Field][] {
  return [...name.matchAll(/`(\w+)\??`/g)].map(([, field = '']) => [field, { type, meaning }])
}

/** The rows of the first table, without its heading. */
function rowsOf(text: string): Row[] {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.startsWith('| ---'))
  const rows = start < 0 ? [] : lines.slice(start + 1)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return (end < 0 ? rows : rows.slice(0, end)).map((row) => {
    const [name = '', ...cells] = row
      .slice(1, -1)
      .split('|')
      .map((cell) => withoutAnchors(cell.trim()))
    return { name, cells }
  })
}

/** Links within the documents lead nowhere from where the text is shown. */
function withoutAnchors(text: string): string {
  return text.replace(/\[([^\]]+)\]\((?!https?:)[^)]*\)/g, '$1')
}
