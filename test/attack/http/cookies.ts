/** Cookies that are like a good one, and are none. */
import { createHash, randomBytes } from 'node:crypto'

/** Random, and spelled as ours are. */
export function forgedToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Every bit of it turned over, one at a time; an octet for each character. */
export function bitFlips(text: string): string[] {
  return Array.from({ length: text.length * 8 }, (_, bit) => {
    const octets = Buffer.from(text, 'latin1')
    octets[bit >> 3] = (octets[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    return octets.toString('latin1')
  })
}

/** Values of the session cookie, made of the value of a good one. */
export function faultyValues(token: string): string[] {
  const hash = createHash('sha256').update(token).digest()
  const bytes = Buffer.from(token, 'base64url')
  const cuts = Array.from({ length: token.length }, (_, length) => [token.slice(0, length), token.slice(length + 1)])
  return [
    ...bitFlips(token),
    ...cuts.flat(),
    // What is read from a stolen database.
    ...(['base64url', 'base64', 'hex'] as const).map((encoding) => hash.toString(encoding)),
    // The same octets in other words.
    ...(['base64', 'hex', 'latin1', 'utf8'] as const).map((encoding) => bytes.toString(encoding)),
    Buffer.from(token).toString('base64url'),
    Buffer.from(token).toString('hex'),
    ...['', '=', '==', '%00', '%20', '.', ',', '\t', '.sig', `.${token}`, `,${token}`, token].map(
      (more) => token + more,
    ),
    ...['%00', '%', 'j:', 's:', 'Bearer ', "'", '[', '{"token":'].map((more) => more + token),
    token.replace(/./, (c) => `%${c.charCodeAt(0).toString(16)}`),
    [...token].map((c) => `%${c.charCodeAt(0).toString(16)}`).join(''),
    token.toUpperCase(),
    token.toLowerCase(),
    [...token].reverse().join(''),
    token.replaceAll(/[A-Za-z]/g, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())),
    token.replace(/./, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfe0 - 0xf00)),
    `${token.slice(0, 20)} ${token.slice(20)}`,
    `${token.slice(0, 20)}"${token.slice(20)}`,
    ...['A', '_', '-', '0'].map((c) => c.repeat(token.length)),
    forgedToken(),
    'true',
    'null',
    'undefined',
    '1',
    '*',
    '%',
    "' or 1=1 --",
    '__proto__',
    'x'.repeat(4_000),
  ].filter((value) => value.trim() !== token)
}

const otherNames = [
  ...[
    'Identity',
    'IDENTITY',
    'identit',
    'identity2',
    'xidentity',
    'identity.',
    'identity[]',
    '$identity',
    'identity%00',
  ],
  ...[
    '%69dentity',
    '__Host-session',
    '__Host-identity',
    '__Secure-identity',
    'session',
    'session-',
    'session-0',
    'session-80',
    'sid',
    'token',
    'connect.sid',
    '__proto__',
    '',
  ],
]

/** Whole `Cookie` headers around a good value: under other names, and twice. @param name of the good cookie */
export function faultyHeaders(token: string, name: string): string[] {
  const good = `${name}=${token}`
  const headers = [
    ...faultyValues(token).map((value) => `${name}=${value}`),
    ...bitFlips(name).map((other) => `${other}=${token}`),
    ...otherNames.map((other) => `${other}=${token}`),
    ...[`${name}=`, `${name}=x`, `${name}=${forgedToken()}`].flatMap((other) => [
      `${other}; ${other}`,
      `a=b; ${other}; c=d; __Host-session=${token}`,
    ]),
    `a=${good}`,
    `a="${good}"`,
    `a=b, ${good}`,
    `a=b\t${good}`,
    `${name}:${token}`,
    `${name} ${token}`,
    `${name}%3D${token}`,
    token,
  ]
  // Octets, as they go out.
  return headers.map((text) => (/[^\0-\xff]/.test(text) ? Buffer.from(text).toString('latin1') : text))
}
