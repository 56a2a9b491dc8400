/** The time zones that this browser knows, those first. */
export function timeZones(first: readonly string[]): string[] {
  return [...new Set([...first, 'UTC', ...Intl.supportedValuesOf('timeZone')])]
}
