/** Reads fields of JSON of any shape. */
export type Fields = Readonly<Record<string, unknown>>

/** More than programs send; what follows is left out. */
const maxItems = 100

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

export function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.slice(0, maxItems).map(fieldsOf) : []
}

/** A text or a number, well-formed and without control characters; empty for anything else. */
export function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return ''
  return value
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[\p{Cc}]/gu, (c) => (c === '\n' || c === '\t' ? c : ''))
}

/** The parts that are not empty, one under the other. */
export function lines(parts: readonly string[]): string {
  return parts
    .map((part) => part.trimEnd())
    .filter((part) => part)
    .join('\n')
}
