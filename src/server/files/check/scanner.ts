/** Says whether a file may be sent: a command or a scanner of the operator. See `FILE_CHECK` in README.md. */

/** @param finding what was found, in words of the scanner */
export type Verdict = { type: 'clean' } | { type: 'refused'; finding?: string } | { type: 'too-large' }

/** @param path of a file that is not written to any more @throws ScannerFault when there is no verdict */
export type Scan = (path: string, signal: AbortSignal) => Promise<Verdict>

/** Nothing is known of the file. The message is for the log. */
export class ScannerFault extends Error {
  override readonly name = 'ScannerFault'
}

/** How files are checked. */
export type FileCheck =
  | { type: 'command'; words: readonly string[] }
  | { type: 'clamd'; address: { path: string } | { host: string; port: number } }

const defaultPort = 3310

/** `unix:/run/clamav/clamd.ctl`, `tcp:host:3310`, or a command with its arguments. Undefined for what is none of these. */
export function parseFileCheck(text: string): FileCheck | undefined {
  const [, path] = /^unix:(\/\S+)$/.exec(text) ?? []
  if (path) return { type: 'clamd', address: { path } }
  const [, host, port = String(defaultPort)] = /^tcp:(\[[\da-f:]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(text) ?? []
  if (host && Number(port) > 0 && Number(port) <= 65_535)
    return { type: 'clamd', address: { host: host.replace(/^\[|\]$/g, ''), port: Number(port) } }
  const words = text.split(/\s+/).filter(Boolean)
  const isCommand = words.length > 0 && !/^(unix|tcp):/.test(text)
  return isCommand ? { type: 'command', words } : undefined
}
