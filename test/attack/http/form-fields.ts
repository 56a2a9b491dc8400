/** Every field that a form of the server can have, for an attacker who does not know which one a form needs. */
import { password } from '../../support/clients/visitor.ts'

const usual: Readonly<Record<string, string>> = {
  name: 'Eve',
  current: password,
  data: 'Said by another user.',
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
  remove: 'all',
  range: '203.0.113.0/24',
  sure: '1',
  language: 'zh',
  theme: 'dark',
  guests: 'off',
  guestRooms: 'off',
  maxFileBytes: '1',
  fileBytesPerDay: '1',
  maxStorageBytes: '1',
  accent: 'blue',
  icon: 'leaf',
  emoji: '🍵',
  guide: '1',
  welcome: 'Written by another user.',
  level: 'nothing',
  shown: 'no',
  hook: 'Alerts',
  url: 'https://hooks.example/',
  command: 'weather',
  description: 'Said by another user.',
  delivery: '1',
  rooms: 'some',
  access: 'write',
  payload: '{"text":"Said by another user."}',
  text: 'A status.',
  forMs: '1800000',
  to: '/',
}

/** @returns the fields with a new key, so that no form repeats another */
export function allFields(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...usual, key: crypto.randomUUID(), ...more }
}

/** Sign-in by a name alone refuses a password. Other forms do nothing without one. */
export const withPassword = { password }

export interface Body {
  type: string
  text: string
}

/** The same fields in every encoding that a page can send to other sites, and in one that it cannot. */
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
