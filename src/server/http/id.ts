/** The id in a path or a query: decimal digits only. @returns undefined for anything else */
export function idOf(text: unknown): number | undefined {
  return typeof text === 'string' && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}
