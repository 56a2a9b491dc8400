import type { IpBans } from './auth/ip-bans.ts'
import type { Sessions } from './auth/sessions.ts'
import type { Backplane } from './backplane/backplane.ts'
import type { Publication } from './chat/publication.ts'
import type { CurrentSettings } from './current-settings.ts'
import type { Log } from './log.ts'
import { RepeatedRead } from './repeated-read.ts'
import type { OpenConnections } from './transports/open-connections.ts'

interface Followers {
  settings: CurrentSettings
  sessions: Sessions
  ipBans: IpBans
  open: OpenConnections
  log: Log
}

/**
 * What this node keeps in memory follows what any node has changed.
 * @returns ends the reads that still go on
 */
export function followPublications(
  backplane: Backplane<Publication>,
  { settings, sessions, ipBans, open, log }: Followers,
): { close(): void } {
  const repeated = (reason: string, read: () => Promise<void>) =>
    new RepeatedRead(read, (err) => log.event('task-failed', { reason, err }))
  const bans = repeated('read-bans', async () => {
    await ipBans.load()
    open.closeBanned()
  })
  const newSettings = repeated('read-settings', async () => {
    await settings.load()
    open.renewGuests(settings.now.guests)
  })
  backplane.subscribe((publication) => {
    const isOfSession = publication.type === 'session-ended' || publication.type === 'session-renewed'
    if (isOfSession) sessions.forget(publication.user.id)
    if (publication.type === 'banned' || publication.type === 'role' || publication.type === 'picture')
      sessions.forget(publication.user)
    if (publication.type === 'settings') newSettings.ask()
    if (publication.type === 'ranges') bans.ask()
  })
  return {
    close() {
      bans.close()
      newSettings.close()
    },
  }
}
