/** Text that ends the line it stands in, or what it stands in, and goes on as something else. */

/** What an injection would add: a header, a cookie, a log line, a colour on a terminal. */
const payloads = [
  'X-Evil: 1',
  'Set-Cookie: evil=1',
  'Location: https://evil.example/',
  'Content-Length: 0\r\n\r\nHTTP/1.1 200 OK',
  '{"level":60,"time":1,"msg":"forged"}',
  '","msg":"forged","x":"',
  '\x1b[31mforged\x1b[0m',
  '\x9b31mforged',
  '\x1b]0;forged\x07',
]

const ends = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\u2028',
  '\u2029',
  '\x85',
  '\0',
  '\v',
  '\f',
  '"}\n',
  '\u{560d}\u{560a}',
  '%0d%0a',
  '\\r\\n',
]

export function injections(): string[] {
  return [...ends.flatMap((end) => payloads.map((payload) => `tea${end}${payload}`)), '\u202eaet', '\x7f', '\ud800']
}
