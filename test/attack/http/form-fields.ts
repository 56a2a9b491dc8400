/** Forms filled in with everything that a form of the server may have, as somebody fills them in who does not know which. */
import { password } from '../../support/visitor.ts'

const usual: Readonly<Record<string, string>> = {
  name: 'Eve',
  current: password,
  data: 'Said by somebody else.',
  topic: 'Tea',
  room: 'lobby',
  kind: 'public',
  user: '1',
  id: '1',
  session: '1',
  role: 'owner',
  uses: '10',
  minutes: '60',
  days: '7',
  range: '203.0.113.0/24',
  sure: '1',
  language: 'zh',
  theme: 'dark',
  to: '/',
}

/** @returns the fields with a key of their own, so that none is a repetition of another */
export function allFields(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...usual, key: crypto.randomUUID(), ...more }
}

/** Where a guest comes in by a name alone, a password is refused; elsewhere nothing is done without one. */
export const withPassword = { password }

export interface Body {
  type: string
  text: string
}

/** The same fields in every form in which a page can send them anywhere, and in one in which it cannot. */
export function bodiesOf(fields: Record<string, string>): Body[] {
  const json = JSON.stringify(fields)
  const form = String(new URLSearchParams(fields))
  const parts = Object.entries(fields).map(
    ([name, value]) => `--tea\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return [
    { type: 'application/x-www-form-urlencoded', text: form },
    { type: 'multipart/form-data; boundary=tea', text: `${parts.join('')}--tea--\r\n` },
    { type: 'text/plain', text: json },
    { type: 'text/plain', text: form },
    { type: 'application/json', text: json },
    { type: '', text: form },
    { type: '', text: '' },
  ]
}
