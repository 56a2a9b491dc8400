/** What a check says when the server does something else. */
export class Failure extends Error {}

/** @throws Failure naming what was expected and what came */
export function expectEqual(what: string, got: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(got), JSON.stringify(expected)]
  if (is !== should) throw new Failure(`${what}: expected ${should}, got ${shortened(is)}`)
}

/** @throws Failure naming what was expected */
export function expectTrue(expected: string, isTrue: boolean, got?: unknown): void {
  if (!isTrue)
    throw new Failure(`expected ${expected}${got === undefined ? '' : `, got ${shortened(JSON.stringify(got))}`}`)
}

export function shortened(text = 'nothing'): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

/** On one line, and without what a terminal obeys: the server may be anybody's. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
}
