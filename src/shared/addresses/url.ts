/** `URL.parse`, which older browsers lack. */
export function urlOf(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    // It is no address.
    return undefined
  }
}
