/** Certificates of an authority that nobody knows, as an operator makes them for machines of their own. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openssl } from '../run/tools.ts'
import { type Cleanup, temporaryFolder } from '../server/server.ts'

/** Paths of files in PEM. */
export interface Certificates {
  authority: string
  certificate: string
  key: string
}

/** For a server at 127.0.0.1. */
export function makeCertificates(t: Cleanup): Certificates {
  const folder = temporaryFolder(t)
  const file = (name: string) => join(folder, name)
  const make = (...words: string[]) => execFileSync(openssl(), words, { stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  make(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Authority of the tests'],
    ...['-keyout', file('authority.key'), '-out', file('authority.pem')],
  )
  make('req', ...newKey, '-subj', '/CN=Redis', '-keyout', file('server.key'), '-out', file('server.csr'))
  writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1')
  make(
    ...['x509', '-req', '-in', file('server.csr'), '-days', '2', '-extfile', file('names'), '-CAcreateserial'],
    ...['-CA', file('authority.pem'), '-CAkey', file('authority.key'), '-out', file('server.pem')],
  )
  return { authority: file('authority.pem'), certificate: file('server.pem'), key: file('server.key') }
}
